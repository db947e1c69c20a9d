import { z } from 'zod';
import type { Bookings } from '../../domain/bookings.js';
import { pathId } from '../fields.js';
import { answer, defineRoute, type Route } from '../route.js';

const CANCELED = 'Booking canceled successfully';

export function cancelBooking(bookings: Bookings): Route {
  return defineRoute({
    method: 'DELETE',
    path: '/api/flight/cancel-booking/{booking_id}',
    operationId: 'cancelBooking',
    tag: 'Bookings',
    summary: 'Cancel a booking',
    description: 'One of your own. The seat is given back once; a repeat changes nothing.',
    auth: 'bearer',
    deadline: 'write',
    params: z.object({ booking_id: pathId('Which booking.') }),
    answers: {
      200: {
        description: 'The booking is canceled.',
        schema: z.strictObject({ message: z.literal(CANCELED) }),
        example: { message: CANCELED },
      },
    },
    refusals: [{ status: 404, reason: 'BOOKING_NOT_FOUND', message: 'Booking not found' }],
    async handle({ params, mutationId, call }) {
      await bookings.cancel(params.booking_id, mutationId, call);
      return answer(200, { message: CANCELED });
    },
  });
}
