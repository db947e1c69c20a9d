import { randomUUID } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { type CallIdentity, fromMetadata } from '../call-metadata.js';
import { cancelled, deadlineExceeded, whenOver } from '../deadline.js';
import type { Logger } from '../log.js';

/** A call as its handler sees it. */
export interface CallContext extends CallIdentity {
  /** Full name, such as /flight.user.v1.UserService/Login. */
  readonly method: string;
  /** When the caller stops waiting, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborts with a Fault when the caller goes away or the deadline is over. */
  readonly signal: AbortSignal;
  /** The caller's network address. */
  readonly peer: string;
  /** Carries the method and the request id. */
  readonly log: Logger;
}

/** What of a grpc-js server call the context reads. */
export interface RawCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  getPeer(): string;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The longest a call may take when the caller sets no deadline, in milliseconds. */
const MAX_UNARY_MS = 30_000;

/** A context and how to let go of its timer. */
export interface OpenContext {
  readonly context: CallContext;
  readonly settle: () => void;
}

/** Makes the context of a call. The signal costs a controller and a timer, so it is made when first asked for. */
export function openContext(call: RawCall, method: string, streaming: boolean, log: Logger): OpenContext {
  const identity = fromMetadata(call.metadata, randomUUID);
  const deadline = readDeadline(call, streaming);
  let controller: AbortController | undefined;
  let logger: Logger | undefined;
  let settle: (() => void) | undefined;

  function openSignal(): AbortController {
    const opened = new AbortController();
    if (call.cancelled) opened.abort(cancelled());
    call.on('cancelled', () => opened.abort(cancelled()));
    settle = whenOver(deadline, () => opened.abort(deadlineExceeded()));
    return opened;
  }

  return {
    settle: () => settle?.(),
    context: {
      ...identity,
      method,
      deadline,
      get signal() {
        controller ??= openSignal();
        return controller.signal;
      },
      get peer() {
        return call.getPeer();
      },
      get log() {
        logger ??= log.child({ method, request_id: identity.requestId });
        return logger;
      },
    },
  };
}

function readDeadline(call: RawCall, streaming: boolean): number {
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return streaming ? at : Math.min(at, Date.now() + MAX_UNARY_MS);
}
