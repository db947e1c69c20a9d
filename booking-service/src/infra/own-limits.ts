import { databaseUnavailable, whenOver } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';

/**
 * Carries out work for several callers, which no single one of them may call off, in at most so long.
 *
 * @param traceparent of the caller for whom it began: the work belongs to one trace, however many wait for it
 */
export async function withOwnLimits<T>(
  timeoutMs: number,
  work: (limits: CallLimits) => Promise<T>,
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
