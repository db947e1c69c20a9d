import type { Logger } from '@flight/mesh';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { UpdateRecords } from '../domain/update-records.js';

export interface UpdateRecordOptions {
  readonly registry: Registry;
  readonly log: Logger;
  /** How many rooms there are now. */
  readonly countRooms: () => number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A store that is away fails for every room, so it is told of at most this often, in milliseconds. */
const TOLD_EVERY_MS = 10_000;

/** Metrics and log of the rooms. */
export function createUpdateRecords({ registry, log, countRooms }: UpdateRecordOptions): UpdateRecords {
  const registers = [registry];
  const count = (name: string, help: string) => new Counter({ name, help, registers });
  new Gauge({
    name: 'edge_rooms',
    help: 'Flights whose updates somebody here listens to.',
    registers,
    collect() {
      this.set(countRooms());
    },
  });
  const delays = new Histogram({
    name: 'edge_flight_update_delay_seconds',
    help: 'Time from storing an update to having written it to the last member of its room here.',
    buckets: SECONDS,
    registers,
  });
  const deliveries = count('edge_flight_update_deliveries_total', 'Updates written to members, replays too.');
  const repaired = count(
    'edge_flight_updates_repaired_total',
    'Updates that no announcement had brought and the store had.',
  );
  const lost = count('edge_flight_updates_lost_total', 'Updates that were due and no longer kept.');
  const breaks = count('edge_flight_update_watch_breaks_total', 'Ends of the stream of announcements.');
  const failures = count(
    'edge_flight_update_store_failures_total',
    'Questions that the store did not answer.',
  );
  let watching: boolean | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  return {
    delivered(updates, times) {
      deliveries.inc(times);
      const now = Date.now();
      for (const { createdAt } of updates) delays.observe(Math.max(0, now - createdAt) / 1000);
    },
    replayed: (updates) => deliveries.inc(updates),
    repaired: (updates) => repaired.inc(updates),
    lost(flightCode, updates) {
      lost.inc(updates);
      log.warn({ flight_code: flightCode, updates }, 'updates are no longer kept');
    },
    storeFailed(error) {
      failures.inc();
      if (performance.now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = performance.now();
      log.warn({ err: error }, 'the store of flight updates does not answer; trying again');
    },
    watchBegan() {
      watching = true;
      log.info('hears announcements of flight updates');
    },
    watchBroke(error) {
      breaks.inc();
      if (watching !== false) log.warn({ err: error }, 'hears no announcements; looks for itself meanwhile');
      watching = false;
    },
  };
}
