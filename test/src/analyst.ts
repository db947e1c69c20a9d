import type { Stack } from '@flight/local';
import pg from 'pg';

/** Connects to the warehouse of a stack as those do who may only read it. */
export function connectAnalyst(stack: Stack): Promise<pg.Client> {
  return connectAs(stack, 'warehouse', 'reader');
}

/** Connects to a database of a stack as its owner. */
export function connectOwner(stack: Stack, service: string): Promise<pg.Client> {
  return connectAs(stack, service, 'owner');
}

async function connectAs(stack: Stack, service: string, who: 'owner' | 'reader'): Promise<pg.Client> {
  const database = stack.databases.find((each) => each.service === service);
  const role = who === 'owner' ? database : database?.reader;
  if (database === undefined || role === undefined) throw new Error(`${service} has no ${who}`);
  const { host, port } = await stack.findPrimary(service);
  const { user, password } = role;
  const client = new pg.Client({ host, port, database: database.name, user, password, ssl: false });
  await client.connect();
  return client;
}
