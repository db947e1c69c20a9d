import { z } from 'zod';
import type { Bookings } from '../../domain/bookings.js';
import { text } from '../fields.js';
import { answer, defineRoute, type Route } from '../route.js';

const BOOKED = 'Flight booked successfully';

export function bookFlight(bookings: Bookings): Route {
  return defineRoute({
    method: 'POST',
    path: '/api/flight/book-flight',
    operationId: 'bookFlight',
    tag: 'Bookings',
    summary: 'Book a seat',
    description: 'With an Idempotency-Key it can be repeated safely: the seat is sold once.',
    auth: 'bearer',
    deadline: 'write',
    takesIdempotencyKey: true,
    body: z.object({
      flightId: text({ max: 100, description: "The flight's code, in any case.", example: 'FL001' }),
      paymentMethod: text({ max: 50, description: 'How it is paid.', example: 'credit_card' }),
    }),
    missing: 'Missing flightId or paymentMethod',
    answers: {
      201: {
        description: 'The seat is yours.',
        schema: z.strictObject({
          message: z.literal(BOOKED),
          bookingId: z.int(),
          flightId: z.string(),
          price: z.int(),
        }),
        example: { message: BOOKED, bookingId: 1, flightId: 'FL001', price: 200 },
        headers: {
          'Idempotency-Replayed': '`true` when an earlier request with this key had booked the seat.',
        },
      },
    },
    refusals: [
      { status: 404, reason: 'FLIGHT_NOT_FOUND', message: 'Flight not found' },
      { status: 409, reason: 'FLIGHT_SOLD_OUT', message: 'Flight is sold out' },
      { status: 409, reason: 'FLIGHT_CANCELLED', message: 'Flight is cancelled' },
      {
        status: 409,
        reason: 'REQUEST_IN_FLIGHT',
        message: 'A request with this Idempotency-Key is still being carried out',
      },
      {
        status: 422,
        reason: 'REQUEST_ID_REUSED',
        message: 'This Idempotency-Key was used before with another body',
      },
    ],
    async handle({ body, mutationId, call }) {
      const wish = { flightCode: body.flightId, paymentMethod: body.paymentMethod };
      const { bookingId, flightCode, price, replayed } = await bookings.book(wish, mutationId, call);
      const sold = { message: BOOKED, bookingId, flightId: flightCode, price } as const;
      return answer(201, sold, replayed ? { 'Idempotency-Replayed': 'true' } : undefined);
    },
  });
}
