import type { Statement } from '@flight/mesh';

/**
 * Sells a seat, or says why not, in one statement and one round trip:
 *
 * 1. `prior` looks for the booking that the same request made before. If there is one, nothing else happens.
 * 2. `claim` takes the request's advisory lock, so that the same request is carried out once at a time. It is let go
 *    with the statement's transaction, also when the service dies. A first try that finds it taken gives up (`$6`
 *    false); a later try of the same call waits, to answer what the first one did (`$6` true).
 * 3. `seat` takes a seat off the flight if it goes and has one left, and adds the booking to what the flight's bookings
 *    come to. Buyers of one flight queue at its row, and each decides by the row's newest version.
 * 4. `made` stores the booking at the flight's price.
 * 5. The answer tells what happened. What it says of a refused flight is from the statement's snapshot, which may be
 *    older than the row that `seat` decided by: `moved` is when the two disagree, and asks to run the statement again.
 *
 * The snapshot may also be older than the lock. Then `prior` misses a booking that was made meanwhile, and `made`
 * fails on booking_request_key, which undoes all: run again, `prior` sees it.
 *
 * $1 user id, $2 request key, $3 fingerprint, $4 flight code, $5 payment method, $6 wait for the lock, $7 now
 */
export const PLACE_ORDER: Statement = {
  name: 'place_order',
  text: `
    with prior as materialized (
      select b.id, b.fingerprint, b.status, b.payment_method, b.price, b.created_at, b.canceled_at,
             f.flight_code, f.departure, f.status as flight_status
        from booking b
        join flight f on f.id = b.flight_id
       where b.request_key = $2
    ), claim as materialized (
      select case when $6::boolean
               then pg_advisory_xact_lock(hashtextextended('place_order:' || $2, 0)) is not null
               else pg_try_advisory_xact_lock(hashtextextended('place_order:' || $2, 0))
             end as held
       where not exists (select from prior)
    ), seat as (
      update flight f
         set seats_left = f.seats_left - 1, bookings_made = f.bookings_made + 1,
             amount_booked = f.amount_booked + f.price
        from claim
       where claim.held and f.flight_code = $4 and f.seats_left > 0 and f.status <> 'Cancelled'
      returning f.id, f.flight_code, f.departure, f.status, f.price
    ), made as (
      insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)
      select $1::bigint, seat.id, 'Confirmed', $5, seat.price, $2, $3, $7::timestamptz
        from seat
      returning id, status, payment_method, price, created_at
    )
    select case
             when prior.fingerprint = $3 then 'replayed'
             when prior.id is not null then 'reused'
             when made.id is not null then 'booked'
             when not claim.held then 'in_flight'
             when f.id is null then 'unknown_flight'
             when f.status = 'Cancelled' then 'cancelled'
             when f.seats_left = 0 then 'sold_out'
             else 'moved'
           end as outcome,
           coalesce(prior.id, made.id) as id,
           $1::bigint as user_id,
           coalesce(prior.flight_code, seat.flight_code) as flight_code,
           coalesce(prior.status, made.status) as status,
           coalesce(prior.payment_method, made.payment_method) as payment_method,
           coalesce(prior.price, made.price) as price,
           coalesce(prior.departure, seat.departure) as departure,
           coalesce(prior.flight_status, seat.status) as flight_status,
           coalesce(prior.created_at, made.created_at) as created_at,
           prior.canceled_at
      from (values (1)) as one
      left join prior on true
      left join claim on true
      left join seat on true
      left join made on true
      left join flight f on f.flight_code = $4 and prior.id is null and made.id is null`,
};
