import { setTimeout as delay } from 'node:timers/promises';
import { toPauseMs } from './pace.js';
import { PlainError, toPlainCause } from './plain-error.js';
import { traced } from './work.js';

export interface WaitOptions {
  /** Subject of the error message: `PostgreSQL on 127.0.0.1:5432`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks until the answer is undefined, meaning there is nothing left to wait for; otherwise the answer (or what was thrown)
 * says why not yet.
 * @throws PlainError naming the last reason after the time-out; the signal's own reason when it aborts
 */
export function waitUntil(
  findObstacle: () => Promise<string | undefined>,
  options: WaitOptions,
): Promise<void> {
  return traced('wait', options.what, () => poll(findObstacle, options));
}

async function poll(
  findObstacle: () => Promise<string | undefined>,
  { what, timeoutMs, signal }: WaitOptions,
): Promise<void> {
  const begin = performance.now();
  const finished = new AbortController();
  const aborted = untilAborted(signal, finished.signal);
  try {
    for (;;) {
      const obstacle = await Promise.race([toObstacle(findObstacle), aborted]);
      if (obstacle === undefined) return;
      const waitedMs = performance.now() - begin;
      if (waitedMs >= timeoutMs)
        throw new PlainError(`${what} is not ready after ${Math.round(timeoutMs / 1_000)} s: ${obstacle}`);
      await Promise.race([delay(toPauseMs(waitedMs)), aborted]);
    }
  } finally {
    finished.abort();
  }
}

/** Rejects with the signal's reason; a question that is still open then is left behind. Stops listening when finished. */
function untilAborted(signal: AbortSignal | undefined, finished: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: finished });
  });
  // It may happen while nobody waits; the next race then says so.
  aborted.catch(() => undefined);
  return aborted;
}

async function toObstacle(findObstacle: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await findObstacle();
  } catch (error) {
    return toPlainCause(error).message;
  }
}
