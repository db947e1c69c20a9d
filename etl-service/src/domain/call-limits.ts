/** How long an answer is waited for, and what for. */
export interface CallLimits {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** W3C traceparent of what it is done for; undefined for what is done for nobody, and where nobody traces. */
  readonly traceparent?: string | undefined;
}
