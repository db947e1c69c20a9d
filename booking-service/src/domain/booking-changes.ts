import type { CallLimits } from './call-limits.js';
import type { Flight } from './flight.js';

/** A flight as it was from a moment on. */
export interface FlightVersion extends Omit<Flight, 'seatsLeft'> {
  /** Of one flight, later versions have higher ids. */
  readonly versionId: number;
  /** Milliseconds since the epoch. */
  readonly changedAtMs: number;
}

/** A booking that was made or canceled. */
export interface BookingChange {
  readonly bookingId: number;
  readonly userId: number;
  readonly flightCode: string;
  readonly paymentMethod: string;
  /** What was paid. */
  readonly price: number;
  /** Milliseconds since the epoch. */
  readonly bookedAtMs: number;
  /** Null in the change that made the booking. */
  readonly canceledAtMs: number | null;
}

/** What there was at one moment. */
export interface BookingTotals {
  readonly flights: number;
  /** Bookings that had ever been made, the canceled ones too. */
  readonly bookings: number;
  readonly canceledBookings: number;
  /** The prices of all bookings that had ever been made. */
  readonly bookedAmount: number;
  readonly canceledAmount: number;
}

/** Changes of one kind, or the end of a window, each with the token to go on with after it. */
export type ChangeMessage =
  | { readonly kind: 'flights'; readonly flights: readonly FlightVersion[]; readonly token: string }
  | { readonly kind: 'bookings'; readonly bookings: readonly BookingChange[]; readonly token: string }
  | {
      readonly kind: 'checkpoint';
      readonly asOf: Date;
      readonly totals: BookingTotals;
      readonly token: string;
    };

/** What a reader of the changes asks for. */
export interface ChangeRequest {
  /** Empty for the first change of all. */
  readonly token: string;
  /** Changes in a message at most. */
  readonly batchSize: number;
  /** Whether to go on after the first checkpoint. */
  readonly follow: boolean;
}

/** Everything that changed after a token, each change once. */
export interface BookingChanges {
  read(request: ChangeRequest, call: Pick<CallLimits, 'signal'>): AsyncIterable<ChangeMessage>;
}
