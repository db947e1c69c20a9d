import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Database, toConnectionFault, untilAborted } from '@flight/mesh';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { StarSchema } from './star-schema.js';

/** One connection of the warehouse for one piece of work on one star. */
export interface Session {
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Commits when the work resolves, rolls back when it throws. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Copies lines of COPY's text format.
   *
   * @param target `table (column, …)`
   * @param blocks whole lines, many at once
   */
  copy(target: string, blocks: Iterable<string>): Promise<void>;
  /** Closes the connection, which gives up the advisory locks that it holds. */
  close(): void;
}

/**
 * What a load asks of its connection. A merge of millions of rows takes its time: what ends it is the signal, which
 * closes the connection; the server's own limit is a last resort. A process that is frozen or cut off must not keep its
 * locks for ever, so that the server gives up a connection that is silent for long.
 */
const SETTINGS = {
  statement_timeout: '30min',
  idle_in_transaction_session_timeout: '60s',
  idle_session_timeout: '5min',
  lock_timeout: '60s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  work_mem: '64MB',
  maintenance_work_mem: '128MB',
  jit: 'off',
};

/**
 * Opens a connection to the primary whose unqualified names are those of a star.
 *
 * @param signal closes the connection, and with it ends what it is doing
 * @throws Fault DATABASE_UNAVAILABLE; the signal's reason
 */
export async function openSession(
  database: Database,
  schema: StarSchema,
  signal: AbortSignal,
): Promise<Session> {
  const client = await connect(database, signal);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    signal.removeEventListener('abort', close);
    // Never back into the pool: its settings and locks are this work's own.
    client.release(true);
  };
  signal.addEventListener('abort', close, { once: true });
  const session = createSession(client, signal, close);
  try {
    const settings = Object.entries({ ...SETTINGS, search_path: schema });
    await session.query(settings.map(([name, value]) => `set ${name} = '${value}'`).join('; '));
    return session;
  } catch (error) {
    close();
    throw error;
  }
}

async function connect(database: Database, signal: AbortSignal): Promise<PoolClient> {
  signal.throwIfAborted();
  try {
    const connecting = database.pool().connect();
    return await untilAborted(connecting, signal).catch((error: unknown) => {
      // One that comes too late is of use to others; one that does not come was told of already.
      connecting.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    });
  } catch (error) {
    throw toConnectionFault(error);
  }
}

function createSession(client: PoolClient, signal: AbortSignal, close: () => void): Session {
  async function guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await untilAborted(work, signal);
    } catch (error) {
      throw toConnectionFault(error);
    }
  }

  async function query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    signal.throwIfAborted();
    // Without values there may be several statements, which pg answers with several results.
    const result = await guarded(values ? client.query(text, [...values]) : client.query(text));
    return (result.rows ?? []) as readonly Row[];
  }

  return {
    query,
    async transaction(work) {
      await query('begin');
      try {
        const result = await work();
        await query('commit');
        return result;
      } catch (error) {
        // Where it can't be rolled back the connection is gone or must go, and the server rolls back then.
        await query('rollback').catch(close);
        throw error;
      }
    },
    async copy(target, blocks) {
      signal.throwIfAborted();
      await guarded(pipeline(Readable.from(blocks), client.query(copyFrom(`copy ${target} from stdin`))));
    },
    close,
  };
}
