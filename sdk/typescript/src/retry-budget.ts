/** Keeps retries a small share of calls, so that they don't bury a service that struggles. */
export interface RetryBudget {
  /** A call succeeded. */
  deposit(): void;
  /** An attempt failed in a way that a retry may mend. Whether the retry may be made. */
  withdraw(): boolean;
}

const MAX_TOKENS = 10;
const TOKENS_PER_SUCCESS = 0.1;

/**
 * The token bucket of gRFC A6 ("retry throttling"), with the numbers of its example: it starts full, an attempt that a retry
 * may mend takes one token out, a success puts a fraction back, and retries are made while more than half is in it.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export function createRetryBudget(): RetryBudget {
  let tokens = MAX_TOKENS;
  return {
    deposit() {
      tokens = Math.min(MAX_TOKENS, tokens + TOKENS_PER_SUCCESS);
    },
    withdraw() {
      tokens = Math.max(0, tokens - 1);
      return tokens > MAX_TOKENS / 2;
    },
  };
}
