/** Where a flight can stand, in the words that are stored and shown. */
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

/** A flight as a search lists it. */
export interface ListedFlight {
  readonly flightCode: string;
  readonly airline: string;
  /** Wall clock at the city of departure, YYYY-MM-DD HH:MM. */
  readonly departure: string;
  /** Wall clock at the city of arrival, YYYY-MM-DD HH:MM. */
  readonly arrival: string;
  readonly fromCity: string;
  readonly toCity: string;
  /** A whole number. */
  readonly price: number;
  readonly status: FlightStatus;
}

/** A flight with its seats. */
export interface Flight extends ListedFlight {
  readonly seatsTotal: number;
  readonly seatsLeft: number;
}

/** A flight that is not stored yet: all its seats are for sale. */
export type NewFlight = Omit<Flight, 'seatsLeft'>;

/** Where a flight stands in a route's list, which is by departure, then code. */
export interface FlightPosition {
  readonly departure: string;
  readonly flightCode: string;
}

/** Whether a flight is listed behind a position. Wall-clock texts and codes compare as the database compares them. */
export function isBehind(flight: FlightPosition, position: FlightPosition): boolean {
  if (flight.departure !== position.departure) return flight.departure > position.departure;
  return flight.flightCode > position.flightCode;
}
