import type { Pool, PoolClient } from 'pg';
import { deadlineExceeded, untilAborted } from '../deadline.js';
import { toConnectionFault } from './connection-fault.js';
import type { DatabaseServer } from './database-server.js';

/** Who waits for work on a connection, and how long. */
export interface Waiting {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Asked when nobody waits any more: whether the work may be ended half-way. */
  readonly mayBreakOff: () => boolean;
}

/**
 * Lends a server's connection to work. Work that nobody waits for any more and that may be broken off has its connection
 * closed, which ends its statement at the server too; other work gives its connection back when it ends. Work on a
 * server that is found to be away is given up: whether it was carried out is not known.
 *
 * @throws Fault DATABASE_UNAVAILABLE for connection trouble; the signal's reason; else what the work throws
 */
export async function withClient<T>(
  server: DatabaseServer,
  work: (client: PoolClient) => Promise<T>,
  { deadline, signal, mayBreakOff }: Waiting,
): Promise<T> {
  if (Date.now() >= deadline) throw deadlineExceeded();
  signal.throwIfAborted();
  const end = new AbortController();
  const leave = () => end.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  let isGone = false;
  const stay = server.whenGone((fault) => {
    isGone = true;
    end.abort(fault);
  });
  try {
    return await lend(server, work, end.signal, () => isGone || mayBreakOff());
  } catch (error) {
    const fault = toConnectionFault(error);
    if (fault !== error || isGone) server.suspected();
    throw fault;
  } finally {
    signal.removeEventListener('abort', leave);
    stay();
  }
}

async function lend<T>(
  { pool, answered }: DatabaseServer,
  work: (client: PoolClient) => Promise<T>,
  signal: AbortSignal,
  mayBreakOff: () => boolean,
): Promise<T> {
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
    else
      void ended.then((error) => {
        const broken = isBroken(error);
        if (!broken) answered();
        client.release(broken);
      });
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
