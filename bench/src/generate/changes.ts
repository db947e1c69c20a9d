import pg from 'pg';
import { copyRows, inTransaction } from './copy-rows.js';
import type { Random } from './random.js';

/** How many changes of each kind were made. */
export interface Changed {
  readonly booked: number;
  readonly canceled: number;
  readonly statuses: number;
}

const BOOKED_SHARE = 0.6;
const CANCELED_SHARE = 0.3;
const METHODS = ['credit_card', 'debit_card', 'paypal', 'bank_transfer'];
const STATUSES = ['On Time', 'Delayed', 'Boarding', 'Gate Closed', 'Departed'];

/** Free seats, most of all where there are many, so that no flight sells out of turn. */
const FREE_FLIGHTS = `
  select id::float8 as id, flight_code, price from flight
   where seats_left >= 20 and status <> 'Cancelled' order by id`;

const COUNT_BOOKED = `
  update flight f
     set seats_left = seats_left - made.count, bookings_made = bookings_made + made.count,
         amount_booked = amount_booked + made.count * f.price
    from (select id, count(*)::int as count from unnest($1::bigint[]) as sold (id) group by id) made
   where f.id = made.id`;

/** Bookings are locked before flights, as booking-service does. */
const CANCEL = `
  with chosen as (
    select id from booking where id = any($1::bigint[]) and status = 'Confirmed' limit $2 for no key update
  ), canceled as (
    update booking b set status = 'Canceled', canceled_at = date_trunc('milliseconds', now())
      from chosen where b.id = chosen.id
    returning b.flight_id, b.price
  ), released as (
    update flight f
       set seats_left = f.seats_left + c.count, bookings_canceled = f.bookings_canceled + c.count,
           amount_canceled = f.amount_canceled + c.amount
      from (select flight_id, count(*)::int as count, sum(price) as amount from canceled group by flight_id) c
     where f.id = c.flight_id
  )
  select count(*)::int as count from canceled`;

const SET_STATUSES = `
  update flight f set status = later.status, updated_at = date_trunc('milliseconds', now())
    from unnest($1::bigint[], $2::text[]) as later (id, status)
   where f.id = later.id and f.status <> later.status`;

/**
 * Changes what is there, as a day's business would, in one transaction: new bookings, cancellations, and flights with
 * another status, spread over all there is.
 *
 * @throws Error when there is too little to change
 */
export async function makeChanges(
  count: number,
  random: Random,
  bookings: pg.ClientConfig,
  userIds: readonly number[],
): Promise<Changed> {
  const client = new pg.Client(bookings);
  const run = crypto.randomUUID();
  // Of milliseconds, as the services write it.
  const now = new Date().toISOString();
  const choose = <T>(items: readonly T[]) => items[random.whole(0, items.length - 1)] as T;
  const wanted = { booked: Math.round(count * BOOKED_SHARE), canceled: Math.round(count * CANCELED_SHARE) };
  try {
    await client.connect();
    return await inTransaction(client, async () => {
      const canceled = await cancel(client, random, wanted.canceled);
      const { rows: flights } = await client.query<{ id: number; flight_code: string; price: number }>(
        FREE_FLIGHTS,
      );
      const statuses = count - wanted.booked - canceled;
      if (flights.length < statuses)
        throw new Error(`${flights.length} flights are too few for ${count} changes`);
      const sold = Array.from({ length: wanted.booked }, () => choose(flights));
      const booked = await copyRows(
        client,
        'booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)',
        sold.map(({ id, flight_code, price }, index) => {
          const [userId, method] = [choose(userIds), choose(METHODS)];
          const key = `${userId}:changes-${run}-${index}`;
          const fingerprint = JSON.stringify([flight_code, method]);
          return [userId, id, 'Confirmed', method, price, key, fingerprint, now];
        }),
      );
      await client.query(COUNT_BOOKED, [sold.map(({ id }) => id)]);
      return { booked, canceled, statuses: await changeStatuses(client, random, statuses) };
    });
  } finally {
    await client.end();
  }
}

async function cancel(client: pg.ClientBase, random: Random, count: number): Promise<number> {
  const { rows } = await client.query<{ least: number; most: number }>(
    'select min(id)::float8 as least, max(id)::float8 as most from booking',
  );
  const { least = 0, most = 0 } = rows[0] ?? {};
  // Some were canceled before, and some ids were never given out.
  const ids = new Set(Array.from({ length: 3 * count }, () => random.whole(least, most)));
  const done = await client.query<{ count: number }>(CANCEL, [[...ids], count]);
  return done.rows[0]?.count ?? 0;
}

/** Each flight's next status is another one than its own. */
async function changeStatuses(client: pg.ClientBase, random: Random, count: number): Promise<number> {
  const { rows } = await client.query<{ id: number; status: string }>(
    'select id::float8 as id, status from flight order by md5(id::text || $1) limit $2',
    [String(random.next()), count],
  );
  const later = rows.map(({ status }) => {
    const others = STATUSES.filter((one) => one !== status);
    return others[random.whole(0, others.length - 1)] ?? '';
  });
  const { rowCount } = await client.query(SET_STATUSES, [rows.map(({ id }) => id), later]);
  return rowCount ?? 0;
}
