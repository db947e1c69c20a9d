import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of flight updates. */
export interface FlightUpdateMeter {
  published(replayed: boolean): void;
  announcementFailed(): void;
  trimmed(updates: number): void;
}

/** What is looked at when metrics are asked for. */
export interface FlightUpdateGauges {
  readonly watchers: () => number;
  readonly followers: () => number;
  /** Whether announcements of other instances are heard. */
  readonly listening: () => boolean;
}

/** Shows flight updates in the process's metrics. */
export function exportFlightUpdates(registry: Registry, gauges: FlightUpdateGauges): FlightUpdateMeter {
  const registers = [registry];
  const published = new Counter({
    name: 'user_service_flight_updates_published_total',
    help: 'Flight updates that were published, by whether the call was a repeat.',
    labelNames: ['replayed'],
    registers,
  });
  const failed = new Counter({
    name: 'user_service_announcements_failed_total',
    help: 'Announcements of flight updates that Redis did not take.',
    registers,
  });
  const trimmed = new Counter({
    name: 'user_service_flight_updates_trimmed_total',
    help: 'Flight updates that were dropped by age or number.',
    registers,
  });
  new Gauge({
    name: 'user_service_watchers',
    help: 'Streams that the updates of all flights are announced on.',
    registers,
    collect() {
      this.set(gauges.watchers());
    },
  });
  new Gauge({
    name: 'user_service_followers',
    help: 'Streams that tell the updates of one flight.',
    registers,
    collect() {
      this.set(gauges.followers());
    },
  });
  new Gauge({
    name: 'user_service_announcements_heard',
    help: 'Whether announcements of other instances are heard: 1 or 0.',
    registers,
    collect() {
      this.set(gauges.listening() ? 1 : 0);
    },
  });
  return {
    published: (replayed) => published.inc({ replayed: String(replayed) }),
    announcementFailed: () => failed.inc(),
    trimmed: (updates) => trimmed.inc(updates),
  };
}
