/** What every call to a service takes along from the request that it is made for. */
export interface Call {
  /** When the answer is due, in milliseconds since the epoch. */
  readonly deadline: number;
  /** The client asked for less time than there is, so a late answer says nothing of the service. */
  readonly impatient?: boolean;
  /** Aborted when the client goes away or its time is over. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** The bearer token as it came, for the service to verify again. */
  readonly token: string | undefined;
  /** W3C traceparent of the request's own span, or as it came, when it is well-formed, where nothing is traced. */
  readonly traceparent: string | undefined;
}

/** Part of a list that may be longer. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the list goes on. Undefined at its end. */
  readonly nextPageToken: string | undefined;
}
