import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 15_000;

/**
 * Waits for a condition, asking again and again: what tests do instead of sleeping.
 *
 * @param what is waited for, for the error
 * @throws Error naming it when it has not come after the time-out, in milliseconds
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
