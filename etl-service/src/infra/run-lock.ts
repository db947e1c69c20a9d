import { type Database, type Logger, untilAborted } from '@flight/mesh';
import type { PoolClient } from 'pg';

/** Lets one process of all carry out runs. */
export interface RunLock {
  /**
   * Carries out work while this process has the lock.
   *
   * @param work given a signal that aborts when the lock is lost, or the caller's signal aborts
   * @returns false when another process has it; nothing is done then
   * @throws Fault DATABASE_UNAVAILABLE when there is no database; what the work throws
   */
  hold(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<boolean>;
}

/** How often the lock's connection is asked whether it lives, and how long it may take to say so, in milliseconds. */
const PING_EVERY_MS = 3000;
const PING_TIMEOUT_MS = 5000;

const TRY_LOCK = `select pg_try_advisory_lock(hashtextextended('etl.run', 0)) as held`;
/** The server takes the lock from a process that is frozen or cut off and asks nothing any more. */
const KEEP_LOCK = `set idle_session_timeout = '15s'`;
const UNLOCK = `reset idle_session_timeout; select pg_advisory_unlock(hashtextextended('etl.run', 0))`;

/**
 * An advisory lock of a connection that does nothing else: it ends with the process, however that ends, and with the
 * server. A process that has lost it stops what it does; what it still had under way can't be committed, since each
 * load holds a lock of its own on the connection that it writes with.
 */
export function createRunLock(database: Database, log: Logger): RunLock {
  return {
    async hold(work, signal) {
      const client = await connect(database, signal);
      let broken = true;
      try {
        const { rows } = await untilAborted(client.query<{ held: boolean }>(TRY_LOCK), signal);
        const held = rows[0]?.held === true;
        if (held) {
          await client.query(KEEP_LOCK);
          await whileAlive(client, work, signal, log);
          await client.query(UNLOCK);
        }
        broken = false;
        return held;
      } finally {
        client.release(broken);
      }
    },
  };
}

async function connect(database: Database, signal: AbortSignal): Promise<PoolClient> {
  const connecting = database.pool().connect();
  try {
    return await untilAborted(connecting, signal);
  } catch (error) {
    // Nobody waits for it any more, nor would hear that it could not be had.
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
}

async function whileAlive(
  client: PoolClient,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const lost = new AbortController();
  const lose = (cause: unknown) => {
    if (!lost.signal.aborted)
      log.warn({ err: cause }, 'the lock of the runs was lost; another instance goes on');
    lost.abort(new Error('the lock of the runs was lost', { cause }));
  };
  const ping = () => untilAborted(client.query('select 1'), AbortSignal.timeout(PING_TIMEOUT_MS)).catch(lose);
  const pinging = setInterval(() => void ping(), PING_EVERY_MS);
  client.on('error', lose);
  try {
    await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(pinging);
    client.off('error', lose);
  }
}
