import type { Database, Statement } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';
import type { Flight, FlightPosition, FlightStatus, ListedFlight, NewFlight } from '../domain/flight.js';
import type { Flights } from '../domain/flights.js';
import type { PageRequest } from '../domain/page.js';
import { type Route, toCityKey } from '../domain/route.js';
import { type FlightRow, type ListedFlightRow, toFlight, toListedFlight } from './flight-rows.js';
import { toWrite } from './query-options.js';

export const FIND_FLIGHT: Statement = {
  name: 'find_flight',
  text: `
    select flight_code, airline, departure, arrival, from_city, to_city, price, status, seats_total, seats_left
      from flight
     where flight_code = $1`,
};

export const LIST_ROUTE: Statement = {
  name: 'list_route',
  text: `
    select flight_code, airline, departure, arrival, from_city, to_city, price, status
      from flight
     where from_city_key = $1 and to_city_key = $2
       and (departure, flight_code) > (coalesce($3::timestamp, '-infinity'), coalesce($4::text, ''))
     order by departure, flight_code
     limit $5`,
};

/**
 * Sets a status and stores the change for the relay, both or neither. `prior` locks the flight first and so sees the
 * status that was set last: of callers at the same time each change is stored once, in the order in which they got the
 * lock. A status that is set again leaves the flight and the time of its change alone.
 */
export const SET_FLIGHT_STATUS: Statement = {
  name: 'set_flight_status',
  text: `
    with prior as materialized (
      select id, flight_code, airline, departure, arrival, from_city, to_city, price, status, seats_total, seats_left
        from flight
       where flight_code = $1
         for no key update
    ), changed as (
      update flight f
         set status = $2, updated_at = $3
        from prior
       where f.id = prior.id and prior.status <> $2
      returning f.flight_code
    ), event as (
      insert into flight_status_event (flight_code, status, created_at)
      select flight_code, $2, $3
        from changed
    )
    select flight_code, airline, departure, arrival, from_city, to_city, price, $2 as status, seats_total, seats_left
      from prior`,
};

/**
 * Of callers at the same time, the second waits at the first flight's unique code until the first is done, and then
 * finds all codes taken: all insert in the same order, so exactly one adds flights.
 */
const ADD_FIRST_FLIGHTS: Statement = {
  name: 'add_first_flights',
  text: `
    insert into flight (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                        price, status, seats_total, seats_left, created_at, updated_at)
    select flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
           price, status, seats_total, seats_total, $11::timestamptz, $11::timestamptz
      from unnest($1::text[], $2::text[], $3::timestamp[], $4::timestamp[], $5::text[], $6::text[], $7::text[],
                  $8::text[], $9::integer[], $10::text[], $12::integer[])
        as fresh (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                  price, status, seats_total)
     where not exists (select from flight)
     order by flight_code
        on conflict (flight_code) do nothing
    returning flight_code`,
};

/** Flights in PostgreSQL. */
export function createPostgresFlights(database: Database, now: () => number): Flights {
  return {
    find: (flightCode, call) => findFlight(database, flightCode, call),
    listOfRoute: (route, page, call) => listFlightsOfRoute(database, route, page, call),
    setStatus: (flightCode, status, call) =>
      setFlightStatus(database, flightCode, status, new Date(now()), call),
    addFirst: (flights, call) => addFirstFlights(database, flights, new Date(now()), call),
  };
}

async function findFlight(
  database: Database,
  flightCode: string,
  call: CallLimits,
): Promise<Flight | undefined> {
  const [row] = await database.query<FlightRow>(FIND_FLIGHT, [flightCode], call);
  return row && toFlight(row);
}

async function listFlightsOfRoute(
  database: Database,
  route: Route,
  page: PageRequest<FlightPosition>,
  call: CallLimits,
): Promise<readonly ListedFlight[]> {
  const position = [page.after?.departure ?? null, page.after?.flightCode ?? null];
  const values = [route.from, route.to, ...position, page.size + 1];
  const rows = await database.query<ListedFlightRow>(LIST_ROUTE, values, call);
  return rows.map(toListedFlight);
}

async function setFlightStatus(
  database: Database,
  flightCode: string,
  status: FlightStatus,
  now: Date,
  call: CallLimits,
): Promise<Flight | undefined> {
  const [row] = await database.query<FlightRow>(SET_FLIGHT_STATUS, [flightCode, status, now], toWrite(call));
  return row && toFlight(row);
}

async function addFirstFlights(
  database: Database,
  flights: readonly NewFlight[],
  now: Date,
  call: CallLimits,
): Promise<number> {
  const column = <T>(read: (flight: NewFlight) => T) => flights.map(read);
  const values = [
    column((flight) => flight.flightCode),
    column((flight) => flight.airline),
    column((flight) => flight.departure),
    column((flight) => flight.arrival),
    column((flight) => flight.fromCity),
    column((flight) => flight.toCity),
    column((flight) => toCityKey(flight.fromCity)),
    column((flight) => toCityKey(flight.toCity)),
    column((flight) => flight.price),
    column((flight) => flight.status),
    now,
    column((flight) => flight.seatsTotal),
  ];
  return (await database.query(ADD_FIRST_FLIGHTS, values, toWrite(call))).length;
}
