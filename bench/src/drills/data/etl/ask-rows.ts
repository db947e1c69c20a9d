import pg from 'pg';

/** Asks once, over a connection of its own. */
export async function askRows<Row extends object>(
  config: pg.ClientConfig,
  text: string,
): Promise<readonly Row[]> {
  const client = new pg.Client(config);
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
