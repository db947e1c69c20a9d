import type { Source } from '../domain/source.js';

/** A table as two stars are compared by it: by what rows mean, since their surrogate keys differ from star to star. */
export interface ComparedTable {
  readonly name: string;
  /** A select of one star, with a column `key` that names the row; tables are in the schema `$star`. */
  readonly rows: string;
}

/** What a booking refers to is joined from the left: a row that lost it differs, and is not left out. */
const BOOKINGS = `
  select b.booking_id as key, i.user_id as "user", f.version_id as flight_version, p.payment_method, b.booked_at,
         b.booked_on, b.canceled_at, b.canceled_on, b.price
    from $star.fact_booking b
    left join $star.user_identity i on i.user_key = b.user_key
    left join $star.dim_flight f on f.flight_key = b.flight_key
    left join $star.dim_payment_method p on p.payment_method_key = b.payment_method_key`;

const FLIGHTS = `
  select flight_code || ' version ' || version_id as key, version, airline, departure, arrival, from_city, to_city, price,
         status, seats_total, valid_from, valid_to, is_current
    from $star.dim_flight`;

/** Users that only bookings name are no rows of user-service's. */
const USERS = `
  select i.user_id as key, d.staff, d.created_at, d.created_on, d.removed_at
    from $star.dim_user d
    join $star.user_identity i on i.user_key = d.user_key
   where d.known`;

const SUBSCRIPTIONS = `
  select s.subscription_id as key, i.user_id as "user", s.flight_code, s.subscribed_at, s.subscribed_on, s.ended_at,
         s.ended_on
    from $star.fact_subscription s
    left join $star.user_identity i on i.user_key = s.user_key`;

const FLIGHT_UPDATES = `
  select flight_code || ' ' || day as key, updates, first_at, last_at from $star.fact_flight_update`;

export const COMPARED: Readonly<Record<Source, readonly ComparedTable[]>> = {
  'booking-service': [
    { name: 'dim_flight', rows: FLIGHTS },
    { name: 'fact_booking', rows: BOOKINGS },
  ],
  'user-service': [
    { name: 'dim_user', rows: USERS },
    { name: 'fact_subscription', rows: SUBSCRIPTIONS },
    { name: 'fact_flight_update', rows: FLIGHT_UPDATES },
  ],
};
