import type { Call, Page } from './call.js';
import type { FlightStatus } from './flights.js';

/** A seat that was just sold, or, when replayed, had been sold to the same request before. */
export interface Sale {
  readonly bookingId: number;
  readonly flightCode: string;
  readonly price: number;
  readonly replayed: boolean;
}

/** A booking as its owner sees it. */
export interface OwnBooking {
  readonly bookingId: number;
  readonly flightCode: string;
  readonly bookingStatus: 'Confirmed' | 'Canceled';
  /** Local wall-clock time, `YYYY-MM-DD HH:MM`. */
  readonly departure: string;
  readonly flightStatus: FlightStatus;
}

/** Bookings, as the edge needs them. Every method rejects with a Fault. */
export interface Bookings {
  /** @param mutationId names this booking among the user's, so that it can be repeated safely */
  book(
    wish: { readonly flightCode: string; readonly paymentMethod: string },
    mutationId: string,
    call: Call,
  ): Promise<Sale>;
  list(userId: number, pageToken: string, call: Call): Promise<Page<OwnBooking>>;
  cancel(bookingId: number, mutationId: string, call: Call): Promise<void>;
}
