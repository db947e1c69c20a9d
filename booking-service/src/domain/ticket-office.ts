import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Booking, Order, OrderOutcome } from './booking.js';
import type { Bookings, OrderCall } from './bookings.js';
import type { CallLimits } from './call-limits.js';
import { flightCancelled, flightNotFound, flightSoldOut } from './flight-faults.js';
import { cutPage, type Page, type PageRequest } from './page.js';

/** Sells seats and takes them back. */
export interface TicketOffice {
  book(order: Order, call: OrderCall): Promise<Sale>;
  cancel(bookingId: number, userId: number, call: CallLimits): Promise<Booking>;
  list(userId: number, page: PageRequest<number>, call: CallLimits): Promise<Page<Booking, number>>;
}

/** A booking, and whether an earlier call had made it. */
export interface Sale {
  readonly booking: Booking;
  readonly replayed: boolean;
}

export function createTicketOffice(bookings: Bookings): TicketOffice {
  return {
    async book(order, call) {
      return toSale(order, await bookings.place(order, call));
    },

    async cancel(bookingId, userId, call) {
      const booking = await bookings.cancel(bookingId, userId, call);
      if (booking === undefined) throw bookingNotFound(bookingId);
      return booking;
    },

    async list(userId, page, call) {
      const found = await bookings.listOfUser(userId, page, call);
      return cutPage(found, page.size, (booking) => booking.id);
    },
  };
}

function toSale(order: Order, outcome: OrderOutcome): Sale {
  switch (outcome.kind) {
    case 'booked':
      return { booking: outcome.booking, replayed: false };
    case 'replayed':
      return { booking: outcome.booking, replayed: true };
    case 'unknown_flight':
      throw flightNotFound(order.flightCode);
    case 'sold_out':
      throw flightSoldOut(order.flightCode);
    case 'cancelled':
      throw flightCancelled(order.flightCode);
    case 'reused':
      throw requestIdReused();
    case 'in_flight':
      throw requestInFlight();
  }
}

function bookingNotFound(bookingId: number): Fault<Reason> {
  const facts = { booking_id: String(bookingId) };
  return new Fault<Reason>('not_found', 'BOOKING_NOT_FOUND', 'Booking not found', facts);
}

function requestIdReused(): Fault<Reason> {
  const message = 'This request id was used before for another booking';
  return new Fault<Reason>('failed_precondition', 'REQUEST_ID_REUSED', message);
}

function requestInFlight(): Fault<Reason> {
  const message = 'A request with this id is still being carried out';
  return new Fault<Reason>('aborted', 'REQUEST_IN_FLIGHT', message);
}
