import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Acknowledged } from './acknowledged.js';

/** A writer that was told an address once and never asks again: the control of the faults of user-db. */
export interface FixedClient {
  readonly acknowledged: readonly Acknowledged[];
  stop(): Promise<void>;
}

const EVERY_MS = 100;
const PATIENCE_MS = 1000;

/**
 * Writes to one server, however it goes.
 *
 * @param reconnects false: to one connection of that server, even when it has ended
 */
export async function startFixedClient(config: pg.ClientConfig, reconnects: boolean): Promise<FixedClient> {
  const patient = { ...config, connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS };
  const client = reconnects ? openPool(patient) : await openClient(patient);
  const setUp = new pg.Client(patient);
  await setUp.connect();
  await setUp.query('create table if not exists fixed_client (number int primary key)');
  await setUp.end();

  const acknowledged: Acknowledged[] = [];
  let running = true;
  async function write(): Promise<void> {
    for (let number = 0; running; number++) {
      await client.query('insert into fixed_client values ($1)', [number]).then(
        () => acknowledged.push({ what: String(number), atMs: performance.now() }),
        // Not acknowledged: that is counted.
        () => undefined,
      );
      await pause(EVERY_MS);
    }
  }
  const writing = write();
  return {
    acknowledged,
    async stop() {
      running = false;
      await writing;
      // It may never have had a connection to end.
      await client.end().catch(() => undefined);
    },
  };
}

/** Connects again whenever a connection has ended. */
function openPool(config: pg.PoolConfig): pg.Pool {
  // A connection that breaks is what a drill is for.
  return new pg.Pool({ ...config, max: 1 }).on('error', () => undefined);
}

async function openClient(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
