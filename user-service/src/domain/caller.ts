/** On whose time, and for what, something is done: a call, or a part of the service's own work. */
export interface Caller {
  /** When the answer stops being of use, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted when the caller goes away or its deadline is over. */
  readonly signal: AbortSignal;
  /** W3C traceparent of the call, where something traces. */
  readonly traceparent?: string | undefined;
}
