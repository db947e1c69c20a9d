import {
  implement,
  parsePageToken,
  type ServiceBinding,
  type TokenVerifier,
  toPageToken,
} from '@flight/mesh';
import { BookingServiceDefinition } from '@flight/proto/booking';
import { z } from 'zod';
import { assertMaySeeBookings } from '../domain/access.js';
import type { TicketOffice } from '../domain/ticket-office.js';
import { parseFlightCode, parseId, parsePageSize, parsePaymentMethod, parseRequestId } from './fields.js';
import { toWireBooking } from './wire.js';

const BOOKING_POSITION = z.tuple([z.int().min(1)]);

/** flight.booking.v1.BookingService. */
export function createBookingApi(parts: {
  readonly office: TicketOffice;
  readonly tokens: TokenVerifier;
}): ServiceBinding {
  const { office, tokens } = parts;
  return implement(BookingServiceDefinition, {
    async bookFlight(request, call) {
      const { userId } = await tokens.verify(call.token);
      const paymentMethod = parsePaymentMethod(request.paymentMethod);
      const requestId = parseRequestId(request.requestId);
      const flightCode = parseFlightCode(request.flightCode);
      const sale = await office.book({ userId, requestId, flightCode, paymentMethod }, call);
      return { booking: toWireBooking(sale.booking), replayed: sale.replayed };
    },

    async listBookings(request, call) {
      const person = await tokens.verify(call.token);
      const userId = parseId('user_id', request.userId);
      assertMaySeeBookings(person, userId);
      const size = parsePageSize(request.pageSize);
      const scope = ['bookings', userId];
      const after = parsePageToken(scope, request.pageToken, BOOKING_POSITION)?.[0];
      const { items, next } = await office.list(userId, { size, after }, call);
      return {
        bookings: items.map(toWireBooking),
        nextPageToken: next === undefined ? '' : toPageToken(scope, [next]),
      };
    },

    async cancelBooking(request, call) {
      const { userId } = await tokens.verify(call.token);
      parseRequestId(request.requestId);
      const bookingId = parseId('booking_id', request.bookingId);
      return { booking: toWireBooking(await office.cancel(bookingId, userId, call)) };
    },
  });
}
