import { type Stack, type StackOptions, startStack } from '@flight/local';
import pg from 'pg';
import { toOwnerConfig } from './etl/stack-configs.js';
import { signUp } from './sign-up.js';

/** A running system to measure, with flights that don't sell out and somebody who may book. */
export interface BenchStack {
  readonly stack: Stack;
  readonly token: string;
}

/** How many of what a stack is made of. */
export type StackShape = Pick<StackOptions, 'counts' | 'size' | 'singleDatabases'>;

/** More seats than any benchmark books. */
const SEATS = 100_000_000;

/**
 * Starts the system as `make run` does, but on random ports and in a folder that goes away.
 *
 * @param environment added to that of every service
 * @param shape where it differs from the usual one
 */
export async function startBenchStack(
  environment: Readonly<Record<string, string>> = {},
  shape: StackShape = {},
): Promise<BenchStack> {
  const stack = await startStack({ ...shape, environment: { LOG_LEVEL: 'info', ...environment } });
  try {
    const token = await signUp(stack.edgeUrl, 'bench');
    await fetch(`${stack.edgeUrl}/seed`);
    await addSeats(stack);
    return { stack, token };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

/** 180 seats sell out in a fraction of a second, and a benchmark of refusals is not what is wanted. */
async function addSeats(stack: Stack): Promise<void> {
  const client = await connectBookings(stack);
  await client.query('update flight set seats_total = $1, seats_left = $1', [SEATS]);
  await client.end();
}

/** Connects to the bookings' database, past the service; the caller ends the connection. */
export async function connectBookings(stack: Stack): Promise<pg.Client> {
  const client = new pg.Client(await toOwnerConfig(stack, 'booking-db'));
  await client.connect();
  return client;
}

/** The way to the bookings' database where all databases are on one server, past the service. */
export function toBookingsConfig(stack: Stack): pg.ClientConfig {
  const database = stack.databases.find(({ service }) => service === 'booking-db');
  if (database === undefined) throw new Error('the stack has no booking-db');
  const { host, port } = stack.postgres;
  const { name, user, password } = database;
  return { host, port, database: name, user, password };
}
