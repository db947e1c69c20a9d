import type { Flight, FlightStatus, ListedFlight } from '../domain/flight.js';

export interface ListedFlightRow {
  readonly flight_code: string;
  readonly airline: string;
  readonly departure: string;
  readonly arrival: string;
  readonly from_city: string;
  readonly to_city: string;
  readonly price: number;
  readonly status: FlightStatus;
}

export interface FlightRow extends ListedFlightRow {
  readonly seats_total: number;
  readonly seats_left: number;
}

export function toListedFlight(row: ListedFlightRow): ListedFlight {
  return {
    flightCode: row.flight_code,
    airline: row.airline,
    departure: toWallClock(row.departure),
    arrival: toWallClock(row.arrival),
    fromCity: row.from_city,
    toCity: row.to_city,
    price: row.price,
    status: row.status,
  };
}

export function toFlight(row: FlightRow): Flight {
  return { ...toListedFlight(row), seatsTotal: row.seats_total, seatsLeft: row.seats_left };
}

/** Cuts the seconds off a `timestamp` as PostgreSQL writes it: YYYY-MM-DD HH:MM. */
export function toWallClock(timestamp: string): string {
  return timestamp.slice(0, 'YYYY-MM-DD HH:MM'.length);
}
