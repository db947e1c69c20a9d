import type { Pool, PoolClient } from 'pg';
import type { DatabaseConfig } from '../config/process-config.js';
import type { Instance } from '../consul/instance.js';
import type { InstanceSet } from '../consul/watch.js';
import { deadlineExceeded, untilAborted } from '../deadline.js';
import type { Logger } from '../log.js';
import type { Metrics } from '../metrics.js';
import { databaseUnavailable, toConnectionFault } from './connection-fault.js';
import { createPool } from './pool.js';

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** How long a statement may take, and whether it may be given up half-way. A CallContext fits. */
export interface QueryOptions {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /**
   * The statement writes: once sent it is never broken off, only no longer waited for. A caller who gives up can't
   * know whether it was carried out; its request id tells, when it asks again.
   */
  readonly commit?: boolean;
}

/** Sends statements on one connection, inside one transaction. */
export interface Transaction {
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * A database that is found through Consul. Connection trouble is thrown as Fault DATABASE_UNAVAILABLE, a deadline or
 * cancellation as the signal's reason, and what the database says of a statement as pg's DatabaseError.
 */
export interface Database {
  query<Row>(
    statement: Statement,
    values: readonly unknown[],
    options: QueryOptions,
  ): Promise<readonly Row[]>;
  /**
   * Carries out work in one transaction: committed when it resolves, rolled back when it throws. One that nobody waits
   * for any more is rolled back too, unless its commit was sent before, or `commit` says that it must go through.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options: QueryOptions): Promise<T>;
  /** The connection pool of the current primary, for what the two above don't cover: migrations, COPY, LISTEN. */
  pool(): Pool;
  close(): Promise<void>;
}

/** What a database is opened with. */
export interface DatabaseOptions {
  readonly config: DatabaseConfig;
  /** The servers that may be written to: those with the tag `primary`. */
  readonly primaries: InstanceSet;
  readonly instance: string;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Makes a database that follows its primary. Nothing connects before the first statement. */
export function createDatabase({ config, primaries, instance, log, metrics }: DatabaseOptions): Database {
  let server: Instance | undefined;
  let current: Pool | undefined;

  function follow([primary]: readonly Instance[]): void {
    if (primary === undefined || (primary.host === server?.host && primary.port === server.port)) return;
    const old = current;
    server = primary;
    current = createPool(primary, config, instance, log);
    log.info({ database: config.service, server: primary.id }, 'found the database');
    old?.end().catch((error: unknown) => log.warn({ err: error }, 'the old pool did not close in order'));
  }

  function pool(): Pool {
    if (current === undefined) throw databaseUnavailable();
    return current;
  }

  async function measured<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = metrics.statements.startTimer({ statement: name });
    try {
      const result = await work();
      done({ outcome: 'ok' });
      return result;
    } catch (error) {
      const thrown = toConnectionFault(error);
      done({ outcome: thrown === error ? 'refused' : 'unavailable' });
      throw thrown;
    }
  }

  follow(primaries.current);
  const unfollow = primaries.onChange(follow);

  return {
    pool,
    query: (statement, values, options) =>
      measured(statement.name, () =>
        withClient(
          pool(),
          options,
          (client) => send(client, statement, values),
          () => !options.commit,
        ),
      ),
    transaction(work, options) {
      let inDoubt = false;
      const committing = () => {
        inDoubt = true;
      };
      return measured('transaction', () =>
        withClient(
          pool(),
          options,
          (client) => inTransaction(client, work, committing),
          () => !options.commit && !inDoubt,
        ),
      );
    },
    async close() {
      unfollow();
      await current?.end();
    },
  };
}

async function send<Row>(client: PoolClient, { name, text }: Statement, values: readonly unknown[]) {
  const { rows } = await client.query({ name, text, values: values as unknown[] });
  return rows as readonly Row[];
}

async function inTransaction<T>(
  client: PoolClient,
  work: (transaction: Transaction) => Promise<T>,
  committing: () => void,
): Promise<T> {
  await client.query('begin');
  try {
    const result = await work({ query: (statement, values) => send(client, statement, values) });
    committing();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => client.emit('error', new Error('rollback failed')));
    throw error;
  }
}

/**
 * Lends a connection to work. Work that nobody waits for any more and that may be broken off has its connection closed,
 * which ends its statement at the server too; other work gives its connection back when it ends.
 */
async function withClient<T>(
  pool: Pool,
  options: QueryOptions,
  work: (client: PoolClient) => Promise<T>,
  mayBreakOff: () => boolean,
): Promise<T> {
  const { deadline, signal } = options;
  if (Date.now() >= deadline) throw deadlineExceeded();
  const client = await acquire(pool, signal);
  const working = work(client);
  const ended = working.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    return await untilAborted(working, signal);
  } finally {
    if (signal.aborted && mayBreakOff()) client.release(true);
    else void ended.then((error) => client.release(isBroken(error)));
  }
}

async function acquire(pool: Pool, signal: AbortSignal): Promise<PoolClient> {
  const acquiring = pool.connect();
  try {
    return await untilAborted(acquiring, signal);
  } catch (error) {
    if (signal.aborted) acquiring.then((client) => client.release(), ignoreLate);
    throw error;
  }
}

/** Nobody waits for this connection any more, so nobody need hear that it could not be had. */
function ignoreLate(): void {
  return;
}

/** Whether a connection must not be used again after this outcome of its last statement. */
function isBroken(error: unknown): boolean {
  return error !== undefined && toConnectionFault(error) !== error;
}
