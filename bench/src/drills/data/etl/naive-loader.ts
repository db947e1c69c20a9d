import pg from 'pg';
import type { SourceDatabases } from '../../../generate/generate.js';

const ROWS = 500;

/**
 * The control of the killed loader: copies bookings and stores in a transaction of its own how far it has come. It dies
 * between the two as often as the real one was killed.
 *
 * @returns how many rows it has twice
 */
export async function loadNaively({ bookings }: SourceDatabases, kills: number): Promise<number> {
  const client = new pg.Client(bookings);
  try {
    await client.connect();
    await client.query('create temporary table naive_fact (booking_id bigint)');
    await client.query('create temporary table naive_position (last bigint)');
    await client.query('insert into naive_position values (0)');
    for (let round = 0; round <= kills; round++) {
      const { rows } = await client.query<{ last: string | null }>(
        `with next as (
           insert into naive_fact
           select id from booking where id > (select last from naive_position) order by id limit ${ROWS}
           returning booking_id
         )
         select max(booking_id) as last from next`,
      );
      const dies = round % 2 === 0;
      const last = rows[0]?.last;
      if (!dies && last) await client.query('update naive_position set last = $1', [last]);
    }
    const { rows } = await client.query<{ twice: number }>(
      'select (count(*) - count(distinct booking_id))::float8 as twice from naive_fact',
    );
    return rows[0]?.twice ?? 0;
  } finally {
    await client.end();
  }
}
