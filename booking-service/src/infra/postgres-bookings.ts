import type { Database, Statement } from '@flight/mesh';
import type { Booking } from '../domain/booking.js';
import type { Bookings } from '../domain/bookings.js';
import type { CallLimits } from '../domain/call-limits.js';
import type { PageRequest } from '../domain/page.js';
import { type BookingRow, toBooking } from './booking-rows.js';
import { placeOrder } from './place-order.js';
import { toReplicaRead, toWrite } from './query-options.js';
import type { Turnstiles } from './turnstiles.js';

/**
 * Locks the booking first, which reads its newest version: of callers at the same time, one finds it confirmed and
 * releases the seat, and the others find it canceled. Bookings are locked before flights here; placing an order
 * locks no stored booking, so the two can't wait for each other.
 */
export const CANCEL_BOOKING: Statement = {
  name: 'cancel_booking',
  text: `
    with mine as materialized (
      select id, user_id, flight_id, status, payment_method, price, created_at, canceled_at
        from booking
       where id = $1 and user_id = $2
         for no key update
    ), canceled as (
      update booking b
         set status = 'Canceled', canceled_at = $3::timestamptz
        from mine
       where b.id = mine.id and mine.status = 'Confirmed'
      returning b.id, b.flight_id, b.price, b.canceled_at
    ), released as (
      update flight f
         set seats_left = f.seats_left + 1, bookings_canceled = f.bookings_canceled + 1,
             amount_canceled = f.amount_canceled + canceled.price
        from canceled
       where f.id = canceled.flight_id
      returning f.id
    )
    select mine.id, mine.user_id, f.flight_code, 'Canceled' as status, mine.payment_method, mine.price, f.departure,
           f.status as flight_status, mine.created_at, coalesce(mine.canceled_at, canceled.canceled_at) as canceled_at
      from mine
      join flight f on f.id = mine.flight_id
      left join canceled on canceled.id = mine.id`,
};

export const LIST_BOOKINGS: Statement = {
  name: 'list_bookings',
  text: `
    select b.id, b.user_id, f.flight_code, b.status, b.payment_method, b.price, f.departure,
           f.status as flight_status, b.created_at, b.canceled_at
      from booking b
      join flight f on f.id = b.flight_id
     where b.user_id = $1 and b.id > $2
     order by b.id
     limit $3`,
};

/**
 * Bookings in PostgreSQL.
 *
 * @param turnstiles how many orders of one flight are with the database at once
 */
export function createPostgresBookings(parts: {
  readonly database: Database;
  readonly turnstiles: Turnstiles;
  readonly now: () => number;
}): Bookings {
  const { database, turnstiles, now } = parts;
  return {
    place: (order, call) =>
      turnstiles.pass(order.flightCode, call, () => placeOrder(database, order, new Date(now()), call)),
    cancel: (bookingId, userId, call) => cancelBooking(database, bookingId, userId, new Date(now()), call),
    listOfUser: (userId, page, call) => listBookings(database, userId, page, call),
  };
}

async function cancelBooking(
  database: Database,
  bookingId: number,
  userId: number,
  now: Date,
  call: CallLimits,
): Promise<Booking | undefined> {
  const [row] = await database.query<BookingRow>(CANCEL_BOOKING, [bookingId, userId, now], toWrite(call));
  return row && toBooking(row);
}

async function listBookings(
  database: Database,
  userId: number,
  page: PageRequest<number>,
  call: CallLimits,
): Promise<readonly Booking[]> {
  const values = [userId, page.after ?? 0, page.size + 1];
  const rows = await database.query<BookingRow>(LIST_BOOKINGS, values, toReplicaRead(call));
  return rows.map(toBooking);
}
