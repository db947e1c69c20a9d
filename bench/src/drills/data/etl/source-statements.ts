import type pg from 'pg';

/** Feeds tell milliseconds, as the services write them. */
const NOW = `date_trunc('milliseconds', clock_timestamp())`;
/** An account of nobody: only its being there matters. */
export const ADD_ACCOUNT = `
  insert into user_account (username, username_key, password, email, email_key, request_id, created_at)
  values ($1, $1, '$argon2id$of nobody', $1 || '@drill.example', $1 || '@drill.example', $1, ${NOW})
  returning id::float8 as id`;
export const ADD_SUBSCRIPTION = `
  insert into subscription (user_id, flight_code, created_at) values ($1, $2, ${NOW}) returning id::float8 as id`;
export const END_SUBSCRIPTION = 'delete from subscription where id = $1';
export const SET_STATUS = `update flight set status = $2, updated_at = ${NOW} where id = $1 and status <> $2`;
export const ADD_BOOKING = `
  with seat as (
    update flight
       set seats_left = seats_left - 1, bookings_made = bookings_made + 1, amount_booked = amount_booked + price
     where id = $1
    returning id, price
  )
  insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)
  select 1, id, 'Confirmed', 'late', price, '1:' || $2, '', ${NOW} from seat
  returning id::float8 as id`;

/** Answers the id of what was added. */
export async function insert(
  client: pg.Client,
  text: string,
  values: readonly unknown[],
): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>(text, [...values]);
  return rows[0]?.id;
}
