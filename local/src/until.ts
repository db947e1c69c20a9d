import { setTimeout as pause } from 'node:timers/promises';
import { traced } from './work.js';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 15_000;

/**
 * Waits for a condition, asking again and again: what tests do instead of sleeping.
 *
 * @param what is waited for, for the error
 * @throws Error naming it when it has not come after the time-out, in milliseconds
 */
export function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  return traced('wait', what, async () => {
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`);
      await pause(LOOK_EVERY_MS);
    }
  });
}
