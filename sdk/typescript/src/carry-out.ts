import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { type Call, checkWanted, toFlightError } from './call.js';
import { type Failure, toFailure } from './failure.js';
import type { Instance, Instances } from './instances.js';
import { backOffMs, pause } from './pause.js';
import type { RetryBudget } from './retry-budget.js';
import { untilOver } from './until-over.js';

/** What every call to a service shares. */
export interface Calling {
  readonly instances: Instances;
  readonly budget: RetryBudget;
}

/** Attempts at one call, the first included. */
const MAX_ATTEMPTS = 3;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 1000;

/**
 * Tries a call, and on UNAVAILABLE tries it again at another instance, if it is unary, the contract says that the method may be
 * repeated, the budget allows it and there is time.
 *
 * @throws FlightError
 */
export async function carryOut<T>(
  { instances, budget }: Calling,
  call: Call,
  attempt: (instance: Instance, previousAttempts: number) => Promise<T>,
): Promise<T> {
  const tried = new Set<Instance>();
  for (let attempts = 1; ; attempts += 1) {
    checkWanted(call);
    const picked = await instances.pick(tried, (wait) => untilOver(call, wait));
    checkWanted(call);
    if ('code' in picked) throw toFlightError(picked, call);
    tried.add(picked);
    try {
      const outcome = await attempt(picked, attempts - 1);
      if (isUnary(call.method)) budget.deposit();
      return outcome;
    } catch (cause) {
      const failure = toFailure(cause, !call.signal.aborted);
      const pauseMs = retryAfterMs(failure, picked, call, attempts, budget);
      if (pauseMs === undefined) throw toFlightError(failure, call);
      await pause(pauseMs, call.signal);
    }
  }
}

/** How long to wait before the next attempt, in milliseconds; undefined when there is to be none. */
function retryAfterMs(
  { code, info, pushBackMs }: Failure,
  instance: Instance,
  { method, deadline }: Call,
  attempts: number,
  budget: RetryBudget,
): number | undefined {
  if (code !== Code.Unavailable) return undefined;
  if (info === undefined) instance.passOver();
  // Of a stream only its reader knows where to go on. One who tries to for long leaves the budget to those who call.
  if (!isUnary(method)) return undefined;
  const affordable = budget.withdraw();
  if (!affordable || attempts >= MAX_ATTEMPTS || !mayRepeat(method)) return undefined;
  const pauseMs = pushBackMs ?? backOffMs(attempts, BACKOFF_FIRST_MS, BACKOFF_MAX_MS);
  return pauseMs >= 0 && pauseMs < deadline - Date.now() ? pauseMs : undefined;
}

function isUnary({ methodKind }: DescMethod): boolean {
  return methodKind === 'unary';
}

function mayRepeat({ idempotency }: DescMethod): boolean {
  return idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
}
