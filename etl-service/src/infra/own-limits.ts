import { databaseUnavailable, whenOver } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';

/** Carries out work that no caller waits for, in at most so long. */
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
