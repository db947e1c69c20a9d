import { until } from '@flight/local';
import type pg from 'pg';

/** A flight whose row somebody else has locked: orders of it wait in the database. */
export interface HeldFlight {
  /** Changes the flight as the one who holds it. */
  set(assignments: string): Promise<void>;
  /** Waits until so many statements wait for a lock. */
  untilWaiting(count: number): Promise<void>;
  release(): Promise<void>;
}

export async function holdFlight(sql: pg.Pool, flightCode: string): Promise<HeldFlight> {
  const client = await sql.connect();
  await client.query('begin');
  await client.query('select from flight where flight_code = $1 for update', [flightCode]);
  return {
    set: async (assignments) => {
      await client.query(`update flight set ${assignments} where flight_code = $1`, [flightCode]);
    },
    untilWaiting: (count) =>
      until(`${count} statements that wait for a lock`, async () => {
        const { rows } = await sql.query<{ waiting: number }>(
          `select count(*)::int as waiting
             from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0]?.waiting === count;
      }),
    release: async () => {
      await client.query('commit');
      client.release();
    },
  };
}
