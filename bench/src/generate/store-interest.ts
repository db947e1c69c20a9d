import type pg from 'pg';
import { DAY_MS } from './calendar.js';
import { type Cell, copyRows, inTransaction } from './copy-rows.js';
import type { Random } from './random.js';
import type { StoredFlight } from './store-flights.js';
import type { Wish } from './wish.js';

/** What was stored beside flights and bookings. */
export interface Interest {
  readonly subscriptions: number;
  readonly updates: number;
}

/** Of those who hold a booking, how many want to hear of the flight: many while it is ahead. */
const SUBSCRIBED_AHEAD = 0.3;
const SUBSCRIBED_PAST = 0.04;

/** Stores who subscribed to the flights, and what was told of them. */
export function storeInterest(
  client: pg.ClientBase,
  flights: readonly StoredFlight[],
  { atMs }: Wish,
  random: Random,
): Promise<Interest> {
  if (flights.length === 0) return Promise.resolve({ subscriptions: 0, updates: 0 });
  const told = flights.flatMap(({ flightCode, sold }) => {
    const news = sold.flight.changes.map((change) => ({ flightCode, ...change }));
    return news.length === 0 ? [] : [news];
  });
  return inTransaction(client, async () => {
    const subscriptions = await copyRows(
      client,
      'subscription (user_id, flight_code, created_at)',
      toSubscriptions(flights, atMs, random),
    );
    await copyRows(
      client,
      'flight_position (flight_code, latest_sequence, latest_at)',
      told.map((news) => [news[0]?.flightCode ?? '', news.length, toInstant(news.at(-1)?.atMs ?? 0)]),
    );
    const updates = await copyRows(
      client,
      'flight_update (flight_code, sequence, update_text, created_at)',
      told.flatMap((news) =>
        news.map(({ flightCode, atMs: at, status }, index): Cell[] => [
          flightCode,
          index + 1,
          // In the words of booking-service's domain/status-event.ts.
          `Flight status changed to ${status}`,
          toInstant(at),
        ]),
      ),
    );
    return { subscriptions, updates };
  });
}

function* toSubscriptions(
  flights: readonly StoredFlight[],
  nowMs: number,
  random: Random,
): Generator<Cell[]> {
  for (const { flightCode, sold, sales } of flights) {
    const share = sold.flight.departsAtMs > nowMs - DAY_MS ? SUBSCRIBED_AHEAD : SUBSCRIBED_PAST;
    const subscribed = new Set<number>();
    for (const { userId, atMs, isCanceled } of sales) {
      if (isCanceled || subscribed.has(userId) || !random.chance(share)) continue;
      subscribed.add(userId);
      yield [userId, flightCode, toInstant(atMs)];
    }
  }
}

function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
