import type pg from 'pg';
import { toWallClock } from './calendar.js';
import { toCityKey } from './cities.js';
import { type Cell, copyRows, inTransaction, reserveIds } from './copy-rows.js';
import type { Random } from './random.js';
import type { FlightState, Sale, SoldFlight } from './sales.js';
import type { Users } from './users.js';

/** A booking that was stored, as far as more is made of it. */
export interface StoredSale {
  readonly userId: number;
  readonly atMs: number;
  readonly isCanceled: boolean;
}

/** A flight that was stored. */
export interface StoredFlight {
  readonly flightCode: string;
  readonly sold: SoldFlight;
  readonly sales: readonly StoredSale[];
}

interface PlacedFlight extends StoredFlight {
  readonly id: number;
  readonly sales: readonly (StoredSale & Sale)[];
}

const FLIGHT_COLUMNS = `flight (id, flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
  price, status, seats_total, seats_left, created_at, updated_at, bookings_made, bookings_canceled, amount_booked,
  amount_canceled)`;
const BOOKING_COLUMNS = `booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at,
  canceled_at)`;

/** The row's own trigger writes the history; of one flight, one state is set at a time. */
const SET_STATES = `
  update flight
     set price = later.price, status = later.status, updated_at = later.at
    from unnest($1::bigint[], $2::integer[], $3::text[], $4::timestamptz[]) as later (id, price, status, at)
   where flight.id = later.id`;

/**
 * Stores flights, what became of them and their bookings, all in one transaction: at no moment do seats, counters and
 * bookings disagree.
 */
export function storeFlights(
  client: pg.ClientBase,
  flights: readonly SoldFlight[],
  users: Users,
  random: Random,
): Promise<readonly StoredFlight[]> {
  if (flights.length === 0) return Promise.resolve([]);
  return inTransaction(client, async () => {
    const ids = await reserveIds(client, 'flight', flights.length);
    const placed = flights.map((sold, index) => {
      const id = ids[index] ?? 0;
      const sales = sold.sales.map((sale) => ({
        ...sale,
        userId: users.draw(random, sale.atMs),
        isCanceled: sale.canceledAtMs !== undefined,
      }));
      return { id, flightCode: `${sold.flight.airline.code}${id}`, sold, sales };
    });
    await copyRows(client, FLIGHT_COLUMNS, placed.map(toFlightRow));
    await setStates(client, placed);
    await copyRows(client, BOOKING_COLUMNS, toBookingRows(placed));
    return placed;
  });
}

function toFlightRow({ id, flightCode, sold, sales }: PlacedFlight): Cell[] {
  const { flight, states } = sold;
  const canceled = sales.filter(({ canceledAtMs }) => canceledAtMs !== undefined);
  const publishedAt = toInstant(flight.publishedAtMs);
  return [
    id,
    flightCode,
    flight.airline.name,
    toWallClock(flight.departureWallMs),
    toWallClock(flight.arrivalWallMs),
    flight.from.name,
    flight.to.name,
    toCityKey(flight.from.name),
    toCityKey(flight.to.name),
    states[0]?.price ?? flight.openingPrice,
    states[0]?.status ?? 'On Time',
    flight.seats,
    flight.seats - sales.length + canceled.length,
    publishedAt,
    publishedAt,
    sales.length,
    canceled.length,
    sumPrices(sales),
    sumPrices(canceled),
  ];
}

async function setStates(client: pg.ClientBase, placed: readonly PlacedFlight[]): Promise<void> {
  const most = Math.max(...placed.map(({ sold }) => sold.states.length));
  for (let step = 1; step < most; step++) {
    const later = placed.flatMap(({ id, sold }) => {
      const state = sold.states[step];
      return state === undefined ? [] : [{ id, state }];
    });
    const column = <T>(read: (state: FlightState) => T) => later.map(({ state }) => read(state));
    await client.query(SET_STATES, [
      later.map(({ id }) => id),
      column(({ price }) => price),
      column(({ status }) => status),
      column(({ atMs }) => toInstant(atMs)),
    ]);
  }
}

function* toBookingRows(placed: readonly PlacedFlight[]): Generator<Cell[]> {
  for (const { id, flightCode, sales } of placed)
    for (const [index, { userId, price, paymentMethod, atMs, canceledAtMs }] of sales.entries())
      yield [
        userId,
        id,
        canceledAtMs === undefined ? 'Confirmed' : 'Canceled',
        paymentMethod,
        price,
        `${userId}:generated-${id}-${index + 1}`,
        JSON.stringify([flightCode, paymentMethod]),
        toInstant(atMs),
        canceledAtMs === undefined ? null : toInstant(canceledAtMs),
      ];
}

function sumPrices(sales: readonly Sale[]): number {
  return sales.reduce((sum, { price }) => sum + price, 0);
}

function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
