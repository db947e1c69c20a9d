import pg from 'pg';

/** All that the load could have written, as the database has it, in the words of `Acknowledged`. */
export async function readStoredWrites(config: pg.ClientConfig): Promise<ReadonlySet<string>> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<{ what: string }>(
      `select 'sub:' || user_id || ':' || flight_code as what from subscription
       union all
       select 'user:' || username from user_account`,
    );
    return new Set(rows.map(({ what }) => what));
  } finally {
    await client.end();
  }
}
