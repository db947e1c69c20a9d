/** How long an answer is waited for. */
export interface CallLimits {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}
