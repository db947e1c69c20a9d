import {
  type BookingChange,
  type BookingCheckpoint,
  BookingStatus,
  type FlightChange,
  type StreamBookingChangesRequest,
} from '@flight/proto/booking';
import type { BookingBed, Instance } from './booking-bed.js';

/** What a stream told from a token to its first checkpoint. */
export interface Told {
  readonly flights: readonly FlightChange[];
  readonly bookings: readonly BookingChange[];
  readonly checkpoint: BookingCheckpoint;
  /** The token of each message, the checkpoint's last. */
  readonly tokens: readonly string[];
  /** Where to go on. */
  readonly token: string;
}

/** Reads the changes after a token to the end of the window. */
export async function readChanges(
  bed: BookingBed,
  instance: Instance,
  wishes: Partial<StreamBookingChangesRequest> = {},
): Promise<Told> {
  const flights: FlightChange[] = [];
  const bookings: BookingChange[] = [];
  const tokens: string[] = [];
  const request = { token: '', batchSize: 0, follow: false, ...wishes };
  const options = { credential: await bed.credential(), timeoutMs: 30_000 };
  for await (const message of instance.changes.streamBookingChanges(request, options)) {
    flights.push(...message.flights);
    bookings.push(...message.bookings);
    tokens.push(message.token);
    const { checkpoint, token } = message;
    if (checkpoint) return { flights, bookings, checkpoint, tokens, token };
  }
  throw new Error('the stream ended without a checkpoint');
}

/** Reads a stream to its end. */
export async function readToEnd<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const messages: T[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

/** What changes of bookings come to, as a checkpoint counts it. */
export function sumUp(changes: readonly BookingChange[]) {
  const made = changes.filter(({ status }) => status === BookingStatus.CONFIRMED);
  const canceled = changes.filter(({ status }) => status === BookingStatus.CANCELED);
  const amount = (some: readonly BookingChange[]) => some.reduce((sum, { price }) => sum + price, 0);
  return {
    bookings: made.length,
    canceledBookings: canceled.length,
    bookedAmount: amount(made),
    canceledAmount: amount(canceled),
  };
}

/** A change as a text that no other change of a booking has. */
export function nameOf({ bookingId, status }: BookingChange): string {
  return `${bookingId} ${status === BookingStatus.CANCELED ? 'canceled' : 'made'}`;
}
