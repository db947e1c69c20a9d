import type pg from 'pg';
import type { NewFlight } from '../../src/domain/flight.js';
import { toCityKey } from '../../src/domain/route.js';

let flights = 0;

/** A flight as a test wants it: of a route of its own unless told otherwise. */
export function someFlight(wishes: Partial<NewFlight> = {}): NewFlight {
  flights += 1;
  return {
    flightCode: `TEST${flights}`,
    airline: 'WizzAir',
    fromCity: `From ${flights}`,
    toCity: `To ${flights}`,
    departure: '2024-10-01 10:00',
    arrival: '2024-10-01 12:00',
    price: 200,
    status: 'On Time',
    seatsTotal: 180,
    ...wishes,
  };
}

/** Stores a flight past the service. */
export async function storeFlight(sql: pg.Pool, wishes: Partial<NewFlight> = {}): Promise<NewFlight> {
  const flight = someFlight(wishes);
  await sql.query(
    `insert into flight (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                         price, status, seats_total, seats_left, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, now(), now())`,
    [
      flight.flightCode,
      flight.airline,
      flight.departure,
      flight.arrival,
      flight.fromCity,
      flight.toCity,
      toCityKey(flight.fromCity),
      toCityKey(flight.toCity),
      flight.price,
      flight.status,
      flight.seatsTotal,
    ],
  );
  return flight;
}

/** What a flight's bookings come to, as its row keeps it and as its bookings add up. */
export async function countBookings(sql: pg.Pool, flightCode: string) {
  const { rows } = await sql.query<{ kept: readonly number[]; counted: readonly number[] }>(
    `select array[f.bookings_made, f.bookings_canceled, f.amount_booked, f.amount_canceled]::float8[] as kept,
            (select array[count(*), count(canceled_at), coalesce(sum(price), 0),
                          coalesce(sum(price) filter (where status = 'Canceled'), 0)]::float8[]
               from booking b
              where b.flight_id = f.id) as counted
       from flight f
      where f.flight_code = $1`,
    [flightCode],
  );
  const [found] = rows;
  if (found === undefined) throw new Error(`there is no flight ${flightCode}`);
  return found;
}

/** How many seats of a flight are left, and how many of its bookings stand. */
export async function countSeats(
  sql: pg.Pool,
  flightCode: string,
): Promise<{ readonly left: number; readonly confirmed: number }> {
  const { rows } = await sql.query<{ left: number; confirmed: number }>(
    `select f.seats_left as left,
            (select count(*)::int from booking b where b.flight_id = f.id and b.status = 'Confirmed') as confirmed
       from flight f
      where f.flight_code = $1`,
    [flightCode],
  );
  const [counted] = rows;
  if (counted === undefined) throw new Error(`there is no flight ${flightCode}`);
  return counted;
}
