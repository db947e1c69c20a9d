import type { Client } from '@flight/mesh';
import type { Booking, BookingServiceDefinition } from '@flight/proto/booking';
import { BookingStatus } from '@flight/proto/booking';
import type { Bookings, OwnBooking } from '../domain/bookings.js';
import { toCallOptions } from './call-options.js';
import { collectPages, PAGE_SIZE } from './collect-pages.js';
import { fromFlightStatus } from './flight-status.js';

/** The bookings that the booking service keeps. */
export function createBookings(service: Client<BookingServiceDefinition>): Bookings {
  return {
    async book({ flightCode, paymentMethod }, mutationId, call) {
      const request = { flightCode, paymentMethod, requestId: mutationId };
      const { booking, replayed } = await service.bookFlight(request, toCallOptions(call));
      if (booking === undefined) throw new Error('the booking service answered a sale without a booking');
      return { bookingId: booking.id, flightCode: booking.flightCode, price: booking.price, replayed };
    },

    list(userId, start, call) {
      return collectPages(start, async (pageToken) => {
        const request = { userId, pageSize: PAGE_SIZE, pageToken };
        const { bookings, nextPageToken } = await service.listBookings(request, toCallOptions(call));
        return { items: bookings.map(toOwnBooking), nextPageToken };
      });
    },

    async cancel(bookingId, mutationId, call) {
      await service.cancelBooking({ bookingId, requestId: mutationId }, toCallOptions(call));
    },
  };
}

function toOwnBooking({ id, flightCode, status, departure, flightStatus }: Booking): OwnBooking {
  return {
    bookingId: id,
    flightCode,
    bookingStatus: fromBookingStatus(status),
    departure,
    flightStatus: fromFlightStatus(flightStatus),
  };
}

function fromBookingStatus(status: BookingStatus): OwnBooking['bookingStatus'] {
  switch (status) {
    case BookingStatus.CONFIRMED:
      return 'Confirmed';
    case BookingStatus.CANCELED:
      return 'Canceled';
    default:
      throw new Error(`the booking service answered the booking status ${status}`);
  }
}
