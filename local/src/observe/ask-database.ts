import pg from 'pg';

/** What it takes to sign in to a database as its owner. */
export interface DatabaseOwnerAccess {
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/** How long a server may take to let somebody in, and to answer a question, in milliseconds. */
const TIMEOUT_MS = 3_000;

/**
 * Signs in at one server as the owner of a database, asks, and hangs up.
 * @param asker shown in pg_stat_activity
 * @throws Error of pg, also when there is no answer in time
 */
export async function askDatabase<T>(
  address: string,
  { name, user, password }: DatabaseOwnerAccess,
  asker: string,
  ask: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const [host = '', port] = address.split(':');
  const client = new pg.Client({
    host,
    port: Number(port),
    database: name,
    user,
    password,
    ssl: false,
    application_name: asker,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // An idle connection that breaks emits this; the next statement reports the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await ask(client);
  } finally {
    // A server that is frozen answers no farewell either.
    void client.end().catch(() => undefined);
  }
}
