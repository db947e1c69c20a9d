import { setTimeout as pause } from 'node:timers/promises';
import { toPauseMs } from './pace.js';
import { traced } from './work.js';

const PATIENCE_MS = 30_000;

type Condition = () => boolean | Promise<boolean>;

/**
 * Waits for a condition, asking again and again: what tests do instead of sleeping.
 *
 * @param what is waited for, for the error; without it, the condition's own text
 * @throws Error naming it when it has not come after the time-out, in milliseconds
 */
export function until(what: string, condition: Condition, timeoutMs?: number): Promise<void>;
export function until(condition: Condition): Promise<void>;
export function until(
  what: string | Condition,
  condition: Condition = what as Condition,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const begin = performance.now();
  return traced('wait', String(what), async () => {
    while (!(await condition())) {
      if (performance.now() > begin + timeoutMs)
        throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`);
      await pause(toPauseMs(performance.now() - begin));
    }
  });
}
