import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** A transaction by hand that has its number early and is committed late. It keeps the flights' counters, as the service does. */
export interface LateTransaction {
  book(flightCode: string): Promise<void>;
  cancel(bookingId: number): Promise<void>;
  commit(): Promise<void>;
}

export async function openLateTransaction(sql: pg.Pool): Promise<LateTransaction> {
  const client = await sql.connect();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return {
    async book(flightCode) {
      await client.query(
        `with sold as (
           update flight
              set seats_left = seats_left - 1, bookings_made = bookings_made + 1, amount_booked = amount_booked + price
            where flight_code = $1
           returning id, price
         )
         insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)
         select 1, id, 'Confirmed', 'cash', price, $2, '', now()
           from sold`,
        [flightCode, randomUUID()],
      );
    },
    async cancel(bookingId) {
      await client.query(
        `with canceled as (
           update booking set status = 'Canceled', canceled_at = now() where id = $1 returning flight_id, price
         )
         update flight f
            set seats_left = seats_left + 1, bookings_canceled = bookings_canceled + 1,
                amount_canceled = amount_canceled + canceled.price
           from canceled
          where f.id = canceled.flight_id`,
        [bookingId],
      );
    },
    async commit() {
      await client.query('commit');
      client.release();
    },
  };
}
