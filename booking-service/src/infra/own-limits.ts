import { databaseUnavailable, whenOver } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';

/** Carries out work for several callers, which no single one of them may call off, in at most so long. */
export async function withOwnLimits<T>(
  timeoutMs: number,
  work: (limits: CallLimits) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  const controller = new AbortController();
  const settle = whenOver(deadline, () => controller.abort(databaseUnavailable()));
  try {
    return await work({ deadline, signal: controller.signal });
  } finally {
    settle();
  }
}
