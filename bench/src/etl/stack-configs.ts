import type { Stack } from '@flight/local';
import type pg from 'pg';
import type { SourceDatabases } from '../generate/generate.js';

/** The owner's way to the server that takes a database's writes now, past the service. */
export async function toOwnerConfig(stack: Stack, service: string): Promise<pg.ClientConfig> {
  const database = stack.databases.find((one) => one.service === service);
  if (database === undefined) throw new Error(`the stack has no ${service}`);
  const { host, port } = await stack.findPrimary(service);
  const { name, user, password } = database;
  return { host, port, database: name, user, password };
}

/** The superuser's way there. */
export async function toSuperuserConfig(stack: Stack, service: string): Promise<pg.ClientConfig> {
  const { host, port, superuser, superuserPassword } = await stack.findPrimary(service);
  const owner = await toOwnerConfig(stack, service);
  return { host, port, database: owner.database ?? '', user: superuser, password: superuserPassword };
}

/** The ways to both sources. */
export async function toSourceDatabases(stack: Stack): Promise<SourceDatabases> {
  return {
    bookings: await toOwnerConfig(stack, 'booking-db'),
    users: await toOwnerConfig(stack, 'user-db'),
  };
}
