import type { Metadata } from '@grpc/grpc-js';
import type { Method } from '../method.js';

/** What travels with one attempt of a call. */
export interface Attempt {
  readonly metadata: Metadata;
  /** Milliseconds since the epoch. The lane answers by then, with DEADLINE_EXCEEDED if with nothing else. */
  readonly deadline: number;
}

/** A unary call on its way. */
export interface Pending<Response> {
  readonly response: Promise<Response>;
  /** Gives the call up: the callee is told, and the response rejects. */
  cancel(): void;
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
  ): Pending<Response>;
  /** @param signal gives the stream up; the callee is told */
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Response>;
  /** Lets calls in flight finish and takes no more. */
  close(): void;
}
