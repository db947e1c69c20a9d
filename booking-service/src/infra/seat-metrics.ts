import { performance } from 'node:perf_hooks';
import { type Database, type Statement, withOwnLimits } from '@flight/mesh';
import { Gauge, type Registry } from 'prom-client';

/** Seats of all flights together. */
interface SeatCount {
  readonly sold: number;
  readonly left: number;
}

const COUNT_SEATS: Statement = {
  name: 'count_seats',
  text: `
    select coalesce(sum(seats_total - seats_left), 0)::float8 as sold, coalesce(sum(seats_left), 0)::float8 as left
      from flight`,
};

/** It reads every flight, so that however often the metrics are looked at, it is asked at most so often, in milliseconds. */
const COUNT_EVERY_MS = 15_000;
const COUNT_TIMEOUT_MS = 2000;

/**
 * Shows how many seats are sold and left. They are counted when somebody looks at the metrics, who is shown the count before
 * rather than made to wait; without a database there is none to show.
 */
export function exportSeats(registry: Registry, database: Database): void {
  let known: SeatCount | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  async function count(): Promise<void> {
    try {
      const ask = (limits: { deadline: number; signal: AbortSignal }) =>
        database.query<SeatCount>(COUNT_SEATS, [], { ...limits, read: 'replicaPreferred' });
      [known] = await withOwnLimits(COUNT_TIMEOUT_MS, ask);
    } catch {
      // The statement's own metric says that it failed; an old count would say that nothing is wrong.
      known = undefined;
    }
  }

  new Gauge({
    name: 'booking_seats',
    help: 'Seats of all flights together, sold and left, as of some seconds ago.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const now = performance.now();
      if (now - askedAt >= COUNT_EVERY_MS) {
        askedAt = now;
        void count();
      }
      this.reset();
      if (known === undefined) return;
      this.set({ state: 'sold' }, known.sold);
      this.set({ state: 'left' }, known.left);
    },
  });
}
