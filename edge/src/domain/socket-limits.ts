/** What a socket may cost. */
export interface SocketLimits {
  /** Sockets of this edge. */
  readonly sockets: number;
  readonly roomsPerSocket: number;
  readonly eventsPerSecond: number;
  /** Events of a socket that wait for its earlier ones. */
  readonly eventsWaiting: number;
  /** The longest frame that is taken, in bytes. */
  readonly frameBytes: number;
  /** What may be unsent to a socket before it is given up, in bytes. */
  readonly unsentBytes: number;
  /** How often sockets are asked whether they are still there, in milliseconds. */
  readonly pingEveryMs: number;
  /** How long closing all sockets may be spread over when the edge stops, in milliseconds. */
  readonly drainMs: number;
}
