import { randomUUID } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { type CallIdentity, fromMetadata } from '../call-metadata.js';
import { cancelled, deadlineExceeded, whenOver } from '../deadline.js';
import type { Fault } from '../fault.js';
import type { Logger } from '../log.js';
import type { Method } from '../method.js';
import { traceIdOf } from '../tracing/traceparent.js';

/** A call as its handler sees it. */
export interface CallContext extends CallIdentity {
  /** Full name, such as /flight.user.v1.UserService/Login. */
  readonly method: string;
  /** When the caller stops waiting, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborts with a Fault when the caller goes away, the deadline is over, or the call has come to its `endBy`. */
  readonly signal: AbortSignal;
  /** The caller's network address. */
  readonly peer: string;
  /** Carries the method, the request id and the trace id, if there is one. */
  readonly log: Logger;
  /**
   * Ends the call with a fault at a time, unless it has ended by then: for a stream that must not outlast something,
   * such as its caller's token.
   *
   * @param at milliseconds since the epoch
   */
  endBy(at: number, toFault: () => Fault): void;
}

/** What of a grpc-js server call the context reads. */
export interface RawCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  getPeer(): string;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The longest a unary call may take, whatever its caller asks for, in milliseconds. */
const MAX_UNARY_MS = 30_000;

/** A context and how to let go of its timer. */
export interface OpenContext extends CallContext {
  /** Of the call's own span once it has one. */
  traceparent: string | undefined;
  settle(): void;
}

/** Makes the context of a call. */
export function openContext(call: RawCall, method: ServedMethod, log: Logger): OpenContext {
  return new ServedCall(call, method, log);
}

type ServedMethod = Pick<Method, 'path' | 'responseStream' | 'deadlineMs'>;

/**
 * A class, since one is made for each call and accessors of a literal are made anew each time. The signal costs a
 * controller and a timer, so it is made when first asked for.
 */
class ServedCall implements OpenContext {
  readonly requestId: string;
  readonly token: string | undefined;
  readonly credential: string | undefined;
  traceparent: string | undefined;
  readonly instance: string | undefined;
  readonly attempt: number;
  readonly method: string;
  readonly deadline: number;
  readonly #call: RawCall;
  readonly #log: Logger;
  #controller: AbortController | undefined;
  #logger: Logger | undefined;
  #settle: (() => void) | undefined;

  constructor(call: RawCall, method: ServedMethod, log: Logger) {
    const identity = fromMetadata(call.metadata, randomUUID);
    this.requestId = identity.requestId;
    this.token = identity.token;
    this.credential = identity.credential;
    this.traceparent = identity.traceparent;
    this.instance = identity.instance;
    this.attempt = identity.attempt;
    this.method = method.path;
    this.deadline = readDeadline(call, method);
    this.#call = call;
    this.#log = log;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#openSignal();
    return this.#controller.signal;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get log(): Logger {
    this.#logger ??= this.#log.child({
      method: this.method,
      request_id: this.requestId,
      trace_id: traceIdOf(this.traceparent),
    });
    return this.#logger;
  }

  endBy(at: number, toFault: () => Fault): void {
    this.#controller ??= this.#openSignal();
    const controller = this.#controller;
    const settleOthers = this.#settle;
    const settle = whenOver(at, () => controller.abort(toFault()));
    this.#settle = () => {
      settleOthers?.();
      settle();
    };
  }

  settle(): void {
    this.#settle?.();
  }

  #openSignal(): AbortController {
    const opened = new AbortController();
    if (this.#call.cancelled) opened.abort(cancelled());
    this.#call.on('cancelled', () => opened.abort(cancelled()));
    this.#settle = whenOver(this.deadline, () => opened.abort(deadlineExceeded()));
    return opened;
  }
}

/** When the caller stops waiting, in milliseconds since the epoch; Infinity when it names no deadline. */
export function readCallersDeadline(call: Pick<RawCall, 'getDeadline'>): number {
  const deadline = call.getDeadline();
  return deadline instanceof Date ? deadline.getTime() : deadline;
}

function readDeadline(call: RawCall, { responseStream, deadlineMs }: ServedMethod): number {
  const at = readCallersDeadline(call);
  if (responseStream) return at;
  const now = Date.now();
  return Math.min(at === Infinity ? now + deadlineMs : at, now + MAX_UNARY_MS);
}
