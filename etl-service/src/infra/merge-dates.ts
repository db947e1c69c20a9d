import type { Session } from './star-session.js';

/** The days that every star has from the beginning: those of dim_date in star/2-dimensions.sql. */
export const CALENDAR = { from: '2020-01-01Z', before: '2040-01-01Z' };

/**
 * Adds the days of moments that lie outside of the calendar. Both sources do so, in the order of the days, so that
 * neither waits for the other in a circle.
 *
 * @param moments columns of timestamps by what they are selected from
 */
export async function addDays(
  session: Session,
  moments: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const odd = Object.entries(moments).map(
    ([table, columns]) => `
      select m.moment
        from ${table}, lateral (values (${columns.join('), (')})) as m (moment)
       where ${columns.map((column) => `${column} < $1 or ${column} >= $2`).join(' or ')}`,
  );
  await session.query(
    `insert into dim_date (day)
     select distinct (moment at time zone 'UTC')::date as day
       from (${odd.join(' union all ')}) as odd
      where moment is not null
      order by day
     on conflict do nothing`,
    [CALENDAR.from, CALENDAR.before],
  );
}
