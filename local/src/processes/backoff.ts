/** How long a supervised process stays down before it is started again. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** A process that was up this long has recovered: the next delay is the first one again. */
  readonly recoveredAfterMs: number;
}

export const RESTART_BACKOFF: Backoff = { firstMs: 500, longestMs: 30_000, recoveredAfterMs: 60_000 };

/** The delay before the next start, doubling from one short life to the next. `previousMs` is absent before the first. */
export function nextDelayMs(backoff: Backoff, previousMs: number | undefined, wasUpMs: number): number {
  if (previousMs === undefined || wasUpMs >= backoff.recoveredAfterMs) return backoff.firstMs;
  return Math.min(previousMs * 2, backoff.longestMs);
}
