import type { Outlook } from './runs.js';

/**
 * How long until the next scheduled run, in milliseconds; not above 0 when it is due. All instances reckon from the run
 * that was begun last, so that together they keep one schedule.
 *
 * @param everyMs from the beginning of a run to the next one; undefined without a schedule
 * @param now milliseconds since the epoch
 */
export function dueInMs({ begunAt }: Outlook, everyMs: number | undefined, now: number): number {
  if (everyMs === undefined) return Infinity;
  if (begunAt === undefined) return 0;
  const agoMs = now - begunAt.getTime();
  // Begun far in the future: one of the clocks is wrong, and nobody is to wait until it is right.
  return agoMs < -everyMs ? 0 : everyMs - agoMs;
}

/** Whether a run waits, was left by an instance that died, or is due. */
export function isThereWork(outlook: Outlook, everyMs: number | undefined, now: number): boolean {
  return outlook.open > 0 || dueInMs(outlook, everyMs, now) <= 0;
}
