import type { Pool, PoolClient } from 'pg';
import { Fault } from '../fault.js';
import type { Metrics } from '../metrics.js';
import { beginStatementSpan, toStatementEnd } from '../tracing/statement-spans.js';
import type { Tracer } from '../tracing/tracer.js';
import { databaseUnavailable } from './connection-fault.js';
import type { DatabaseServer } from './database-server.js';
import type { DatabaseServers } from './database-servers.js';
import { firstAnswer, type Way } from './first-answer.js';
import type { ReadPreference } from './server-role.js';
import { assertReplicated } from './unreplicated.js';
import { withClient } from './with-client.js';

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** How long a statement may take, and where and how it is carried out. A CallContext fits, for a read. */
export interface QueryOptions {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /**
   * The statement writes: it goes to the primary alone, and once sent it is never broken off, only no longer waited for.
   * A caller who gives up can't know whether it was carried out; its request id tells, when it asks again.
   */
  readonly commit?: boolean;
  /**
   * Where a statement that only reads goes first; the primary when absent. One that would draw a wrong conclusion from what is
   * missing on a replica that lags goes to the `primary` alone, as a write does (MongoDB's primary).
   */
  readonly read?: ReadPreference | 'primary';
  /** W3C traceparent of the call that it is carried out for; what is done for nobody is not traced. */
  readonly traceparent?: string | undefined;
}

/** Sends statements on one connection, inside one transaction. */
export interface Transaction {
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * A database of one primary and any number of replicas. Connection trouble is thrown as Fault DATABASE_UNAVAILABLE, a
 * deadline or cancellation as the signal's reason, and what the database says of a statement as pg's DatabaseError.
 */
export interface Database {
  /**
   * Carries out one statement. One without `commit` is a read: when its server fails or keeps silent it is sent to
   * another one too, so that reads go on while there is no primary, except those for the `primary` alone.
   */
  query<Row>(
    statement: Statement,
    values: readonly unknown[],
    options: QueryOptions,
  ): Promise<readonly Row[]>;
  /**
   * Carries out work in one transaction on the primary: committed when it resolves, rolled back when it throws. One that
   * nobody waits for any more is rolled back too, unless its commit was sent before, or `commit` says that it must go
   * through.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options: QueryOptions): Promise<T>;
  /** The connection pool of the current primary, for what the two above don't cover: migrations, COPY, LISTEN. */
  pool(): Pool;
  close(): Promise<void>;
}

/**
 * Makes a database of its servers. Nothing connects before the first statement.
 *
 * @param tracer undefined where nothing is traced
 */
export function createDatabase(
  servers: DatabaseServers,
  metrics: Metrics,
  tracer: Tracer | undefined,
): Database {
  const { database } = servers;

  function getPrimary(): DatabaseServer {
    const { primary } = servers;
    if (primary === undefined) throw databaseUnavailable();
    return primary;
  }

  async function measured<T>(
    name: string,
    { traceparent }: QueryOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const done = metrics.statements.startTimer({ statement: name });
    const span =
      tracer && traceparent !== undefined
        ? beginStatementSpan(tracer, { database, name, traceparent })
        : undefined;
    try {
      const result = await work();
      done({ outcome: 'ok' });
      span?.end();
      return result;
    } catch (error) {
      done({ outcome: isUnavailable(error) ? 'unavailable' : 'refused' });
      span?.end(toStatementEnd(error));
      throw error;
    }
  }

  async function onPrimary<T>(
    work: (client: PoolClient) => Promise<T>,
    { deadline, signal }: QueryOptions,
    mayBreakOff: () => boolean,
  ): Promise<T> {
    const primary = await servers.primarySoon(signal);
    // Nobody else may be asked to write; but a server that is lost is known as lost the sooner.
    const timer = setTimeout(() => suspectSilence(primary), WRITE_PATIENCE_MS);
    try {
      return await withClient(primary, work, { deadline, signal, mayBreakOff });
    } finally {
      clearTimeout(timer);
    }
  }

  async function read<Row>(
    statement: Statement,
    values: readonly unknown[],
    { deadline, signal }: QueryOptions,
    preference: ReadPreference = 'primaryPreferred',
  ) {
    const send = (client: PoolClient) => sendOn<Row>(client, statement, values);
    let turns = servers.listForRead(preference);
    if (turns.length === 0) {
      await servers.primarySoon(signal);
      turns = servers.listForRead(preference);
    }
    const [first, ...others] = turns.map(
      ({ server, current }): Way<readonly Row[]> => ({
        async ask(wanted) {
          const rows = await withClient(server, send, { deadline, signal: wanted, mayBreakOff: () => true });
          metrics.reads.inc({ database, role: server.role.kind });
          return rows;
        },
        silentMs: () => suspectSilence(server),
        afterSilenceMs: current ? SILENT_MS : LOST_MS,
      }),
    );
    if (first === undefined) throw databaseUnavailable();
    return firstAnswer([first, ...others], isUnavailable, signal);
  }

  return {
    query: (statement, values, options) =>
      measured(statement.name, options, () =>
        options.commit || options.read === 'primary'
          ? onPrimary(
              (client) => sendOn(client, statement, values),
              options,
              () => !options.commit,
            )
          : read(statement, values, options, options.read),
      ),
    transaction(work, options) {
      let inDoubt = false;
      const committing = () => {
        inDoubt = true;
      };
      const carryOut = (client: PoolClient) => inTransaction(client, work, committing);
      const mayBreakOff = () => !options.commit && !inDoubt;
      return measured('transaction', options, () => onPrimary(carryOut, options, mayBreakOff));
    },
    pool: () => getPrimary().pool,
    close: servers.close,
  };
}

/** A server that says nothing to anybody for so long while it is asked is suspect, in milliseconds. */
const SILENT_MS = 100;
/** One that says nothing for so long is taken for lost, as far as replicas that may be behind are concerned. */
const LOST_MS = 500;
/** How long a write may take before its server is looked at, in milliseconds. */
const WRITE_PATIENCE_MS = 300;

/** A server that answers others is only slow with this statement; one that answers nobody is suspect. */
function suspectSilence(server: DatabaseServer): number {
  const silentMs = server.silentMs();
  if (silentMs >= SILENT_MS) server.suspected();
  return silentMs;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Fault && error.reason === 'DATABASE_UNAVAILABLE';
}

async function sendOn<Row>(client: PoolClient, { name, text }: Statement, values: readonly unknown[]) {
  const { rows } = await client.query({ name, text, values: values as unknown[] });
  assertReplicated(client);
  return rows as readonly Row[];
}

async function inTransaction<T>(
  client: PoolClient,
  work: (transaction: Transaction) => Promise<T>,
  committing: () => void,
): Promise<T> {
  await client.query('begin');
  try {
    const result = await work({ query: (statement, values) => sendOn(client, statement, values) });
    committing();
    await client.query('commit');
    assertReplicated(client);
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => client.emit('error', new Error('rollback failed')));
    throw error;
  }
}
