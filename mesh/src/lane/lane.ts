import type { Metadata } from '@grpc/grpc-js';
import type { Method } from '../method.js';

/** What travels with one attempt of a call. */
export interface Attempt {
  readonly metadata: Metadata;
  /** Milliseconds since the epoch. The lane answers by then, with DEADLINE_EXCEEDED if with nothing else. */
  readonly deadline: number;
  /** Aborts the attempt; the callee is told. */
  readonly signal: AbortSignal | undefined;
}

/**
 * What carries calls to one instance. Balancing, breaker, retries, deadlines and identity stand above it and don't
 * know how it does that. Every failure is a Fault.
 */
export interface Lane {
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    attempt: Attempt,
  ): Promise<Response>;
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    attempt: Attempt,
  ): AsyncIterable<Response>;
  /** Lets calls in flight finish and takes no more. */
  close(): void;
}
