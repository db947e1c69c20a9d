import { whenOver } from './deadline.js';
import { databaseUnavailable } from './postgres/connection-fault.js';
import type { QueryOptions } from './postgres/database.js';

/**
 * Carries out work with the database that no single caller may call off, because several wait for it or nobody does, in at
 * most so long. What takes longer is aborted with DATABASE_UNAVAILABLE.
 *
 * @param traceparent of the caller for whom it began: the work belongs to one trace, however many wait for it
 */
export async function withOwnLimits<T>(
  timeoutMs: number,
  work: (limits: Pick<QueryOptions, 'deadline' | 'signal' | 'traceparent'>) => Promise<T>,
  traceparent?: string,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  const controller = new AbortController();
  const settle = whenOver(deadline, () => controller.abort(databaseUnavailable()));
  try {
    return await work({ deadline, signal: controller.signal, traceparent });
  } finally {
    settle();
  }
}
