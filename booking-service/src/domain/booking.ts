import type { FlightStatus } from './flight.js';

export type BookingStatus = 'Confirmed' | 'Canceled';

/** One seat on a flight, sold to a user. */
export interface Booking {
  readonly id: number;
  readonly userId: number;
  readonly flightCode: string;
  readonly status: BookingStatus;
  readonly paymentMethod: string;
  /** What was paid: the flight's price at that moment. */
  readonly price: number;
  /** Wall clock at the city of departure, YYYY-MM-DD HH:MM. */
  readonly departure: string;
  /** Where the flight stands now. */
  readonly flightStatus: FlightStatus;
  readonly bookedAt: Date;
  readonly canceledAt: Date | undefined;
}

/** A user's wish for a seat. */
export interface Order {
  readonly userId: number;
  /** Names the order among the user's: repeated, it is the same order. */
  readonly requestId: string;
  readonly flightCode: string;
  readonly paymentMethod: string;
}

/** What became of an order. */
export type OrderOutcome =
  | { readonly kind: 'booked'; readonly booking: Booking }
  /** The same order had been booked before. */
  | { readonly kind: 'replayed'; readonly booking: Booking }
  /** The user had booked something else under this request id. */
  | { readonly kind: 'reused' }
  /** The same order is being carried out at this moment. */
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'unknown_flight' }
  | { readonly kind: 'sold_out' }
  | { readonly kind: 'cancelled' };

/** What an order asks for, as a text that is equal for equal orders. All its parts are short, so it needs no digest. */
export function toFingerprint(order: Order): string {
  return JSON.stringify([order.flightCode, order.paymentMethod]);
}
