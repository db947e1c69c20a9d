import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { type Failure, toFailure } from './failure.js';
import { FlightError } from './flight-error.js';
import type { Instance, Instances } from './instances.js';
import { backOffMs, pause } from './pause.js';
import type { RetryBudget } from './retry-budget.js';

/** What every call to a service shares. */
export interface Calling {
  readonly instances: Instances;
  readonly budget: RetryBudget;
}

/** One call. */
export interface Call {
  readonly method: DescMethod;
  readonly requestId: string;
  /** When it is over, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** Attempts at one call, the first included. */
const MAX_ATTEMPTS = 3;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** The longest time that a timer can be set to, for calls without a deadline. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Tries a call, and on UNAVAILABLE tries it again at another instance, if it is unary, the contract says that the method may be
 * repeated, the budget allows it and there is time.
 *
 * @throws FlightError
 */
export async function carryOut<T>(
  { instances, budget }: Calling,
  call: Call,
  attempt: (instance: Instance) => Promise<T>,
): Promise<T> {
  const tried = new Set<Instance>();
  for (let attempts = 1; ; attempts += 1) {
    const picked = await instances.pick(tried, () => untilOver(call));
    if ('code' in picked) throw toFlightError(picked, call);
    tried.add(picked);
    try {
      const outcome = await attempt(picked);
      budget.deposit();
      return outcome;
    } catch (cause) {
      const failure = toFailure(cause, isWanted(instances, call));
      const pauseMs = retryAfterMs(failure, picked, call, attempts, budget);
      if (pauseMs !== undefined) await pause(pauseMs, call.signal);
      if (pauseMs === undefined || call.signal?.aborted) throw toFlightError(failure, call);
    }
  }
}

/** Whether anybody still waits for a call. */
export function isWanted({ closed }: Instances, { signal }: Call): boolean {
  return !closed && !signal?.aborted;
}

/** Calls back when nobody waits for a call any more; answers how to stop that. */
export function onLeave({ onClose }: Instances, { signal }: Call, leave: () => void): () => void {
  if (signal?.aborted) leave();
  signal?.addEventListener('abort', leave, { once: true });
  const release = onClose(leave);
  return () => {
    signal?.removeEventListener('abort', leave);
    release();
  };
}

export function toFlightError(failure: Failure, { requestId, method }: Call): FlightError {
  return new FlightError(failure, { requestId, method: `${method.parent.typeName}/${method.name}` });
}

/** How long to wait before the next attempt, in milliseconds; undefined when there is to be none. */
function retryAfterMs(
  { code, info, pushBackMs }: Failure,
  instance: Instance,
  { method, deadline }: Call,
  attempts: number,
  budget: RetryBudget,
): number | undefined {
  if (code !== Code.Unavailable) {
    budget.deposit();
    return undefined;
  }
  if (info === undefined) instance.passOver();
  const affordable = budget.withdraw();
  if (!affordable || attempts >= MAX_ATTEMPTS || !mayRepeat(method)) return undefined;
  const pauseMs = pushBackMs ?? backOffMs(attempts, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
  return pauseMs >= 0 && pauseMs < deadline - Date.now() ? pauseMs : undefined;
}

/** Of a stream only its reader knows where to go on. */
function mayRepeat({ methodKind, idempotency }: DescMethod): boolean {
  return methodKind === 'unary' && idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
}

/** Aborts when the call is over or its caller leaves. */
function untilOver({ deadline, signal }: Call): AbortSignal {
  const over = AbortSignal.timeout(Math.min(FOREVER_MS, Math.max(0, deadline - Date.now())));
  return signal ? AbortSignal.any([signal, over]) : over;
}
