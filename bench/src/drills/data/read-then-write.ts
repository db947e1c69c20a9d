import pg from 'pg';

const CONNECTIONS = 20;
const BUYERS = 500;

/**
 * Sells the seats of a table of its own the naive way, on many connections at once: look whether one is left, then
 * write down that there is one less. The control of the bookers.
 *
 * @returns how many seats were sold
 */
export async function sellReadThenWrite(config: pg.ClientConfig, seats: number): Promise<number> {
  const pool = new pg.Pool({ ...config, max: CONNECTIONS });
  try {
    await pool.query('create table naive_flight (seats_left int not null)');
    await pool.query('insert into naive_flight values ($1)', [seats]);
    const buy = async (): Promise<number> => {
      const { rows } = await pool.query<{ seats_left: number }>('select seats_left from naive_flight');
      const left = rows[0]?.seats_left ?? 0;
      if (left <= 0) return 0;
      await pool.query('update naive_flight set seats_left = $1', [left - 1]);
      return 1;
    };
    const sold = await Promise.all(Array.from({ length: BUYERS }, buy));
    await pool.query('drop table naive_flight');
    return sold.reduce<number>((sum, one) => sum + one, 0);
  } finally {
    await pool.end();
  }
}
