import pg from 'pg';
import { createRandom } from './random.js';
import { type SoldFlight, sellSeats, shareOut } from './sales.js';
import { planSchedule } from './schedule.js';
import { type StoredFlight, storeFlights } from './store-flights.js';
import { storeInterest } from './store-interest.js';
import { makeUsers } from './users.js';
import type { Wish } from './wish.js';

/** The ways to the sources' databases, as their owners. */
export interface SourceDatabases {
  readonly bookings: pg.ClientConfig;
  readonly users: pg.ClientConfig;
}

/** How far one kind of rows has come. */
export interface Step {
  readonly what: 'users' | 'flights' | 'bookings';
  readonly done: number;
  readonly total: number;
}

/** What was made. */
export interface Generated {
  readonly users: number;
  readonly flights: number;
  readonly bookings: number;
  /** Of the bookings. */
  readonly canceled: number;
  readonly subscriptions: number;
  readonly updates: number;
}

/** A transaction has at most this many flights, and no further one when it has this many bookings. */
const FLIGHTS_AT_ONCE = 1000;
const BOOKINGS_AT_ONCE = 10_000;

/**
 * Fills the sources with accounts, flights, bookings, subscriptions and flight updates, past the services and under their
 * databases' own constraints and triggers. Each transaction leaves whole flights: seats, counters and bookings agree.
 * Broken off, it leaves what it had committed.
 *
 * @throws Error when there are more bookings than seats, before anything is written; Error of pg
 */
export async function generate(
  wish: Wish,
  databases: SourceDatabases,
  onStep: (step: Step) => void = () => undefined,
): Promise<Generated> {
  const schedule = planSchedule(wish);
  const quotas = shareOut(wish.bookings, schedule);
  const [bookings, users] = [new pg.Client(databases.bookings), new pg.Client(databases.users)];
  try {
    await Promise.all([bookings.connect(), users.connect()]);
    const travellers = await makeUsers(users, wish, (done) =>
      onStep({ what: 'users', done, total: wish.users }),
    );
    const made = {
      users: wish.users,
      flights: 0,
      bookings: 0,
      canceled: 0,
      subscriptions: 0,
      updates: 0,
    };
    const [buyers, readers] = [createRandom(wish.seed, 'buyers'), createRandom(wish.seed, 'readers')];
    // What a chunk's passengers are told is stored while the next chunk's flights are.
    let before: readonly StoredFlight[] = [];
    for (const chunk of sellInChunks(wish, schedule, quotas)) {
      const [stored, { subscriptions, updates }] = await Promise.all([
        storeFlights(bookings, chunk, travellers, buyers),
        storeInterest(users, before, wish, readers),
      ]);
      before = stored;
      made.flights += stored.length;
      made.subscriptions += subscriptions;
      made.updates += updates;
      for (const { sales } of stored) {
        made.bookings += sales.length;
        made.canceled += sales.filter(({ isCanceled }) => isCanceled).length;
      }
      if (stored.length > 0) onStep(toStep(wish, made));
    }
    // Plans made for empty tables would stay bad until autovacuum comes round.
    await Promise.all([bookings.query('analyze'), users.query('analyze')]);
    return made;
  } finally {
    await Promise.all([bookings.end(), users.end()]);
  }
}

/** Flights come with their bookings: where there are any, those are what takes the time. */
function toStep(wish: Wish, { flights, bookings }: Pick<Generated, 'flights' | 'bookings'>): Step {
  if (wish.bookings === 0) return { what: 'flights', done: flights, total: wish.flights };
  return { what: 'bookings', done: bookings, total: wish.bookings };
}

function* sellInChunks(
  { seed, atMs }: Wish,
  schedule: ReturnType<typeof planSchedule>,
  quotas: readonly number[],
): Generator<readonly SoldFlight[]> {
  const random = createRandom(seed, 'sales');
  let chunk: SoldFlight[] = [];
  let sold = 0;
  for (const [index, flight] of schedule.entries()) {
    const flightSales = sellSeats(random, flight, quotas[index] ?? 0, atMs);
    chunk.push(flightSales);
    sold += flightSales.sales.length;
    if (chunk.length < FLIGHTS_AT_ONCE && sold < BOOKINGS_AT_ONCE) continue;
    yield chunk;
    chunk = [];
    sold = 0;
  }
  yield chunk;
  // The last one's passengers, too, are told.
  if (chunk.length > 0) yield [];
}
