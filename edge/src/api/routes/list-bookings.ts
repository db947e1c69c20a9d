import { Fault } from '@flight/mesh/fault';
import { z } from 'zod';
import type { Bookings } from '../../domain/bookings.js';
import { FLIGHT_STATUSES } from '../../domain/flights.js';
import { assertMayListBookings } from '../../domain/policy.js';
import { pageToken, pathId } from '../fields.js';
import { linkToNextPage, NEXT_PAGE_HEADERS } from '../next-page.js';
import { answer, defineRoute, type Route } from '../route.js';

const NONE = 'No bookings found for this user';

const OwnBooking = z.strictObject({
  bookingId: z.int(),
  flightCode: z.string(),
  bookingStatus: z.enum(['Confirmed', 'Canceled']),
  departure: z.string().meta({ description: 'Local wall-clock time, `YYYY-MM-DD HH:MM`.' }),
  flightStatus: z.enum(FLIGHT_STATUSES),
});

export function listBookings(bookings: Bookings): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/flight/bookings/{user_id}',
    operationId: 'listBookings',
    tag: 'Bookings',
    summary: "List a user's bookings",
    description: 'Your own, oldest first, the canceled ones included. Staff may list those of everybody.',
    auth: 'bearer',
    deadline: 'read',
    params: z.object({ user_id: pathId('Whose bookings.') }),
    query: z.object({ page_token: pageToken }),
    answers: {
      200: {
        description: 'The bookings.',
        schema: z.strictObject({ userId: z.int(), bookings: z.array(OwnBooking).readonly() }),
        example: {
          userId: 1,
          bookings: [
            {
              bookingId: 1,
              flightCode: 'FL001',
              bookingStatus: 'Confirmed',
              departure: '2024-10-01 10:00',
              flightStatus: 'On Time',
            },
          ],
        },
        headers: NEXT_PAGE_HEADERS,
      },
    },
    refusals: [
      { status: 403, reason: 'NOT_OWNER', message: 'You can only see your own bookings' },
      { status: 404, reason: 'NO_BOOKINGS', message: NONE },
    ],
    async handle({ params: { user_id: userId }, query: { page_token = '' }, identity, call }) {
      assertMayListBookings(identity, userId);
      const { items, nextPageToken } = await bookings.list(userId, page_token, call);
      if (items.length === 0) throw new Fault('not_found', 'NO_BOOKINGS', NONE);
      const link = linkToNextPage(`/api/flight/bookings/${userId}`, {}, nextPageToken);
      return answer(200, { userId, bookings: items }, link);
    },
  });
}
