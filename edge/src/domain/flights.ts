import type { Call, Page } from './call.js';

/** Where a flight stands, in the words that clients see and say. */
export const FLIGHT_STATUSES = [
  'On Time',
  'Delayed',
  'Boarding',
  'Gate Closed',
  'Departed',
  'Landed',
  'Arrived',
  'Diverted',
  'Cancelled',
] as const;

export type FlightStatus = (typeof FLIGHT_STATUSES)[number];

/** The status that a text means, whatever its case and outer blanks. */
export function findFlightStatus(text: string): FlightStatus | undefined {
  const wanted = text.trim().toLowerCase();
  return FLIGHT_STATUSES.find((status) => status.toLowerCase() === wanted);
}

/** A flight as a search shows it. */
export interface FoundFlight {
  readonly flightCode: string;
  readonly airline: string;
  /** Local wall-clock time, `YYYY-MM-DD HH:MM`. */
  readonly departure: string;
  /** Local wall-clock time, `YYYY-MM-DD HH:MM`. */
  readonly arrival: string;
  readonly price: number;
  readonly status: FlightStatus;
}

/** Flights, as the edge needs them. Every method rejects with a Fault. */
export interface Flights {
  search(fromCity: string, toCity: string, pageToken: string, call: Call): Promise<Page<FoundFlight>>;
  /** Changes where a flight stands and answers how it is stored. */
  setStatus(
    flightCode: string,
    status: FlightStatus,
    mutationId: string,
    call: Call,
  ): Promise<{ readonly flightCode: string; readonly status: FlightStatus }>;
  /** Loads the default flights if there are none. Answers how many were added. */
  seed(mutationId: string, call: Call): Promise<number>;
}
