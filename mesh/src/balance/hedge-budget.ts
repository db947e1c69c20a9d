/** Keeps hedges a small share of calls, so that they don't double the load when everything is slow. */
export interface HedgeBudget {
  /** A call began that may be hedged. */
  deposit(): void;
  /** Takes what one more hedge costs. Whether there was enough. */
  withdraw(): boolean;
}

/** Enough for the calls that an instance held when it froze. */
const MAX_TOKENS = 50;
/** What a call earns: in the long run at most a tenth of the calls are hedged. */
const TOKENS_PER_CALL = 0.1;

/**
 * A token bucket that starts full. The idea is Dean and Barroso's (The Tail at Scale, 2013): a second request after
 * the expected 95th percentile costs about a twentieth more load and cuts the tail; the bucket holds when the
 * expectation fails.
 */
export function createHedgeBudget(): HedgeBudget {
  let tokens = MAX_TOKENS;
  return {
    deposit() {
      tokens = Math.min(MAX_TOKENS, tokens + TOKENS_PER_CALL);
    },
    withdraw() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
