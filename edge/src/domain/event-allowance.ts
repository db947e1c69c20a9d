/** How often a socket may say something, at most. */
export interface AllowanceLimits {
  /** Events in a second, on average and at once. */
  readonly perSecond: number;
  /** Events that wait for earlier ones. */
  readonly waiting: number;
}

export type Verdict = 'admitted' | 'too-many' | 'too-busy' | 'going-on';

/** Judges the events of one socket. */
export interface EventAllowance {
  /**
   * @param now milliseconds on any steady clock
   * @param waiting how many events wait already
   */
  judge(now: number, waiting: number): Verdict;
}

/**
 * A token bucket: a second's worth at once, refilled steadily. Events beyond it are refused; a socket that goes on until
 * as many were refused as it has in a second, without ever pausing for a full bucket, is done with.
 */
export function createEventAllowance({ perSecond, waiting: mostWaiting }: AllowanceLimits): EventAllowance {
  let tokens = perSecond;
  let filledAt = Number.NEGATIVE_INFINITY;
  let refused = 0;

  function refill(now: number): void {
    tokens = Math.min(perSecond, tokens + (Math.max(0, now - filledAt) * perSecond) / 1000);
    filledAt = now;
    if (tokens === perSecond) refused = 0;
  }

  return {
    judge(now, waiting) {
      refill(now);
      if (tokens >= 1 && waiting < mostWaiting) {
        tokens -= 1;
        return 'admitted';
      }
      refused += 1;
      if (refused > perSecond) return 'going-on';
      return tokens < 1 ? 'too-many' : 'too-busy';
    },
  };
}
