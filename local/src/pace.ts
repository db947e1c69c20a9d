const SHARE = 1 / 20;
const SHORTEST_MS = 5;
const LONGEST_MS = 100;

/**
 * How long to pause before a condition is asked for again, in milliseconds: the longer it has been waited for, the longer, so that
 * a long wait costs little and a short one is over at once.
 */
export function toPauseMs(waitedMs: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, waitedMs * SHARE));
}
