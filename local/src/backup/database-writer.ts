import { askDatabase, type DatabaseOwnerAccess } from '../observe/ask-database.js';
import { PlainError } from '../plain-error.js';

/** A database, and what it takes to sign in to it as its owner. */
export interface OwnerAccess extends DatabaseOwnerAccess {
  /** Name in Consul. */
  readonly service: string;
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

function askServer(access: OwnerAccess, address: string): Promise<DatabaseWriter | undefined> {
  return askDatabase(address, access, 'backup', async (client) => {
    const { rows } = await client.query<{ replica: boolean; version: number }>(
      `select pg_is_in_recovery() as replica, current_setting('server_version_num')::int as version`,
    );
    const [row] = rows;
    if (row === undefined || row.replica) return undefined;
    return { host: client.host, port: client.port, major: Math.floor(row.version / 10_000) };
  });
}
