import type { Session } from './star-session.js';

/** Versions that are in already stay as they are: a version never changes, only its end does. */
const ADD_VERSIONS = `
  insert into dim_flight (version_id, flight_code, version, airline, departure, arrival, from_city, to_city, price, status,
                          seats_total, valid_from, valid_to, is_current)
  select version_id, flight_code, row_number() over later, airline, departure, arrival, from_city, to_city, price, status,
         seats_total, changed_at, coalesce(lead(changed_at) over later, 'infinity'), lead(version_id) over later is null
    from (select distinct on (version_id) * from stage_flight order by version_id, ordinal desc) as v
  window later as (partition by flight_code order by version_id)
   order by version_id
  on conflict (version_id) do nothing`;

/** A version lasts until the next one of its flight begins. */
const NUMBER_VERSIONS = `
  update dim_flight d
     set version = n.version, valid_to = n.valid_to, is_current = n.is_current
    from (
      select f.flight_key, row_number() over later as version,
             coalesce(lead(f.valid_from) over later, 'infinity') as valid_to, lead(f.version_id) over later is null as is_current
        from dim_flight f
        join (select distinct flight_code from stage_flight) as s on s.flight_code = f.flight_code
      window later as (partition by f.flight_code order by f.version_id)
    ) as n
   where d.flight_key = n.flight_key
     and (d.version, d.valid_to, d.is_current) is distinct from (n.version, n.valid_to, n.is_current)`;

/** From when on bookings that are in the warehouse may be of another version than it knew. */
const FIND_FIRST_END = `
  select min(s.changed_at) as since
    from stage_flight s
    join dim_flight f on f.flight_code = s.flight_code and f.version = 1 and f.version_id < s.version_id`;

/**
 * A booking that was loaded before the version of its moment was, because the two were committed in the other order.
 */
export const MOVE_BOOKINGS = `
  update fact_booking b
     set flight_key = f.flight_key
    from dim_flight was
    join dim_flight f on f.flight_code = was.flight_code
   where b.booked_at >= $1
     and was.flight_key = b.flight_key
     and b.booked_at < f.valid_to and (b.booked_at >= f.valid_from or f.version = 1)
     and f.flight_key <> b.flight_key`;

/** @param first whether there are neither versions nor bookings yet */
export async function mergeFlights(session: Session, first: boolean): Promise<void> {
  await session.query(ADD_VERSIONS);
  if (first) return;
  await session.query(NUMBER_VERSIONS);
  const [row] = await session.query<{ since: Date | null }>(FIND_FIRST_END);
  if (row?.since) await session.query(MOVE_BOOKINGS, [row.since]);
}
