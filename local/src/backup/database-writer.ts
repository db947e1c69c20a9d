import pg from 'pg';
import { PlainError } from '../plain-error.js';

/** What it takes to sign in to a database as its owner. */
export interface OwnerAccess {
  /** Name in Consul. */
  readonly service: string;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** `host:port` of each server that holds it. */
  readonly addresses: readonly string[];
}

/** The server that takes a database's writes now. */
export interface DatabaseWriter {
  readonly host: string;
  readonly port: number;
  /** 15, 18 … */
  readonly major: number;
}

const TIMEOUT_MS = 3_000;

/** @throws PlainError when no server of the database says that it is the primary */
export async function findWriter(access: OwnerAccess): Promise<DatabaseWriter> {
  const refusals: string[] = [];
  for (const address of access.addresses) {
    try {
      const writer = await askServer(access, address);
      if (writer) return writer;
      refusals.push(`${address} is a replica`);
    } catch (error) {
      refusals.push(`${address}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new PlainError(`${access.service} has no primary: ${refusals.join('; ')}`);
}

async function askServer(
  { name, user, password }: OwnerAccess,
  address: string,
): Promise<DatabaseWriter | undefined> {
  const colon = address.lastIndexOf(':');
  const place = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  const client = new pg.Client({
    ...place,
    database: name,
    user,
    password,
    ssl: false,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // A connection that breaks emits this; the statement reports the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ replica: boolean; version: number }>(
      `select pg_is_in_recovery() as replica, current_setting('server_version_num')::int as version`,
    );
    const [row] = rows;
    return row && !row.replica ? { ...place, major: Math.floor(row.version / 10_000) } : undefined;
  } finally {
    void client.end().catch(() => undefined);
  }
}
