import { Counter, type Registry } from 'prom-client';
import type { OrderOutcome } from '../domain/booking.js';
import type { Bookings } from '../domain/bookings.js';

/** All of them, so that each is on show as 0 before it has happened: a rate needs a first value. */
const OUTCOMES: Readonly<Record<OrderOutcome['kind'], true>> = {
  booked: true,
  replayed: true,
  reused: true,
  in_flight: true,
  unknown_flight: true,
  sold_out: true,
  cancelled: true,
};

/** The same bookings, with what becomes of orders and cancellations counted. Those that fail are counted as calls are. */
export function countBookings(bookings: Bookings, registry: Registry): Bookings {
  const registers = [registry];
  const orders = new Counter({
    name: 'booking_orders_total',
    help: 'Orders by what became of them: booked, replayed, or why not.',
    labelNames: ['outcome'],
    registers,
  });
  const cancellations = new Counter({
    name: 'booking_cancellations_total',
    help: 'Cancellations by what became of them: canceled (also when it had been before), unknown.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of Object.keys(OUTCOMES)) orders.inc({ outcome }, 0);
  for (const outcome of ['canceled', 'unknown']) cancellations.inc({ outcome }, 0);
  return {
    ...bookings,
    async place(order, call) {
      const outcome = await bookings.place(order, call);
      orders.inc({ outcome: outcome.kind });
      return outcome;
    },
    async cancel(bookingId, userId, call) {
      const booking = await bookings.cancel(bookingId, userId, call);
      cancellations.inc({ outcome: booking === undefined ? 'unknown' : 'canceled' });
      return booking;
    },
  };
}
