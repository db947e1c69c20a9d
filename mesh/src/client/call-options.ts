import { randomUUID } from 'node:crypto';
import { remainingMs } from '../deadline.js';
import type { CallContext } from '../server/call-context.js';

/** What a caller may say of a call. Everything has a sensible default. */
export interface CallOptions {
  /**
   * How long the call may take, in milliseconds: as long as the method's contract says by default, and never longer
   * than what is left of the parent's time.
   */
  readonly timeoutMs?: number | undefined;
  /** The time was cut short by somebody whose patience says nothing of the callee, so its breaker won't count it. */
  readonly impatient?: boolean | undefined;
  /** The call that this one is made for: its deadline, cancellation, token, request id, trace and pin go on with it. */
  readonly parent?: CallContext | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly token?: string | undefined;
  /** Shows that the calling service acts on its own behalf. Not inherited: it is nobody else's. */
  readonly credential?: string | undefined;
  readonly requestId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Ask this instance and no other, such as user_service_1. */
  readonly instance?: string | undefined;
}

/** A call's options with everything settled. */
export interface SettledOptions {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly impatient: boolean;
  readonly signal: AbortSignal | undefined;
  readonly token: string | undefined;
  readonly credential: string | undefined;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly instance: string | undefined;
  /** The instance that the parent was sent with: asked if it is one of the called service's. */
  readonly wished: string | undefined;
}

/**
 * Settles the options of a call that starts now.
 *
 * @param usualMs how long a call of the method may take when nobody says; Infinity for a stream
 */
export function settle(options: CallOptions, usualMs: number, now: number = Date.now()): SettledOptions {
  const { parent } = options;
  const ownMs = options.timeoutMs ?? usualMs;
  const inheritedMs = parent ? remainingMs(parent.deadline, now) : Infinity;
  return {
    deadline: now + Math.min(ownMs, inheritedMs),
    impatient: options.impatient === true || inheritedMs < ownMs,
    signal: anyOf(options.signal, parent?.signal),
    token: options.token ?? parent?.token,
    credential: options.credential,
    requestId: options.requestId ?? parent?.requestId ?? randomUUID(),
    traceparent: options.traceparent ?? parent?.traceparent,
    instance: options.instance,
    wished: parent?.instance,
  };
}

function anyOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}
