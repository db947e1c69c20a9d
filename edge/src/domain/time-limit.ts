import { Refusal } from './refusal.js';

/** How long an answer may take, by what a route does. */
export type DeadlineClass = 'read' | 'write' | 'sign-in';

/** The longest an answer may take, in milliseconds. */
export type TimeLimits = Readonly<Record<DeadlineClass, number>>;

/** What a client says about its patience, each as the header's text. */
export interface Patience {
  /** gRPC's own form: up to 8 digits and a unit, such as `500m`. */
  readonly grpcTimeout: string | undefined;
  /** Milliseconds, such as `500`. */
  readonly requestTimeout: string | undefined;
}

const UNITS_MS = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 } as const;

/**
 * The time that a request gets: the route's own, or less if the client says so in either header.
 *
 * @returns milliseconds, more than 0
 * @throws Refusal TIMEOUT_MALFORMED; TIMEOUT_OVER when the client's time is over before it began
 */
export function chooseTimeLimitMs(longestMs: number, patience: Patience): number {
  let limitMs = longestMs;
  if (patience.grpcTimeout !== undefined)
    limitMs = Math.min(limitMs, parseGrpcTimeoutMs(patience.grpcTimeout));
  if (patience.requestTimeout !== undefined) {
    limitMs = Math.min(limitMs, parseRequestTimeoutMs(patience.requestTimeout));
  }
  if (limitMs <= 0) throw new Refusal('TIMEOUT_OVER');
  return limitMs;
}

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, TimeoutValue and TimeoutUnit */
function parseGrpcTimeoutMs(text: string): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  if (!match) {
    throw new Refusal('TIMEOUT_MALFORMED', 'Grpc-Timeout must be up to 8 digits and one of H, M, S, m, u, n');
  }
  return Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
}

function parseRequestTimeoutMs(text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw new Refusal('TIMEOUT_MALFORMED', 'X-Request-Timeout must be a whole number of milliseconds');
  }
  return Number(text);
}
