import { addDays, CALENDAR } from './merge-dates.js';
import type { Session } from './star-session.js';

/**
 * What a booking is after the window. Changes come in the order of their transactions' numbers, which is not always that in
 * which they were made; but a cancellation is the last.
 */
const LATEST = `
  select distinct on (booking_id) * from stage_booking order by booking_id, canceled_ms is null, ordinal desc`;

/** The same where no booking is in the star yet, and so none is told twice: less work than sorting all of them. */
const ALL = `
  select s.*
    from stage_booking s
    left join (select distinct booking_id from stage_booking where canceled_ms is not null) as c
      on c.booking_id = s.booking_id
   where s.canceled_ms is not null or c.booking_id is null`;

/** A moment and its day, UTC, of milliseconds since the epoch. */
const toMoment = (ms: string) => `to_timestamp(${ms} / 1000::float8)`;
const toDay = (ms: string) => `date '1970-01-01' + floor(${ms} / 86400000::float8)::integer`;

/** Who booked before the first version began, by two clocks, booked that version. */
function insertFrom(latest: string): string {
  return `
    insert into fact_booking (booking_id, user_key, flight_key, payment_method_key, booked_on, canceled_on, booked_at,
                              canceled_at, price)
    select s.booking_id, u.user_key, f.flight_key, p.payment_method_key, ${toDay('s.booked_ms')}, ${toDay('s.canceled_ms')},
           s.booked_at, ${toMoment('s.canceled_ms')}, s.price
      from (select *, ${toMoment('booked_ms')} as booked_at from ${latest} as l) as s
      join user_identity u on u.user_id = s.user_id
      join dim_payment_method p on p.payment_method = s.payment_method
      join dim_flight f
        on f.flight_code = s.flight_code
       and s.booked_at < f.valid_to and (s.booked_at >= f.valid_from or f.version = 1)`;
}

/** Bookings outside of the calendar, which are found without making a moment of each number. */
const ODD = ['booked_ms', 'canceled_ms']
  .map((ms) => `${ms} < ${Date.parse(CALENDAR.from)} or ${ms} >= ${Date.parse(CALENDAR.before)}`)
  .join(' or ');
const ODD_BOOKINGS = `
  (select ${toMoment('booked_ms')} as booked_at, ${toMoment('canceled_ms')} as canceled_at from stage_booking where ${ODD}) as b`;

const ADD_PAYMENT_METHODS = `
  insert into dim_payment_method (payment_method)
  select s.payment_method
    from (select distinct payment_method from stage_booking) as s
   where not exists (select from dim_payment_method p where p.payment_method = s.payment_method)
   order by s.payment_method`;

const ADD_BOOKINGS = insertFrom(`(${ALL})`);

export const MERGE_BOOKINGS = `
  with latest as materialized (${LATEST}),
  completed as (
    update fact_booking b
       set canceled_at = l.canceled_at, canceled_on = l.canceled_on, price = l.price
      from (
        select booking_id, price, ${toMoment('canceled_ms')} as canceled_at, ${toDay('canceled_ms')} as canceled_on
          from latest
      ) as l
     where b.booking_id = l.booking_id and (b.canceled_at, b.price) is distinct from (l.canceled_at, l.price)
  )
  ${insertFrom('latest')}
   where not exists (select from fact_booking b where b.booking_id = s.booking_id)`;

/** @param first whether there are no bookings yet */
export async function mergeBookings(session: Session, first: boolean): Promise<void> {
  await addDays(session, { [ODD_BOOKINGS]: ['booked_at', 'canceled_at'] });
  await session.query(ADD_PAYMENT_METHODS);
  await session.query(first ? ADD_BOOKINGS : MERGE_BOOKINGS);
}
