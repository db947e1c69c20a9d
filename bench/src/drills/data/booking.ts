import type { Answer, Question } from './rest-client.js';

/** What books a seat. With a key it may be repeated without booking another. */
export function toBooking(token: string, flightId: string, key?: string): Question {
  return {
    method: 'POST',
    path: '/api/flight/book-flight',
    token,
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    body: { flightId, paymentMethod: 'card' },
  };
}

/** The id of a booking that was made. */
export function getBookingId({ body }: Answer): number {
  return (body as { readonly bookingId: number }).bookingId;
}
