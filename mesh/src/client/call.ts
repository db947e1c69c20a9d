import type { HedgeBudget } from '../balance/hedge-budget.js';
import type { Pace } from '../balance/pace.js';
import type { RetryBudget } from '../balance/retry-budget.js';
import type { CallPolicy } from '../config/process-config.js';
import { deadlineExceeded, pause, remainingMs } from '../deadline.js';
import type { Fault } from '../fault.js';
import type { Method } from '../method.js';
import type { Metrics } from '../metrics.js';
import type { Tracer } from '../tracing/tracer.js';
import { type CallState, findPin, type Outcome, toFault } from './attempt.js';
import type { SettledOptions } from './call-options.js';
import type { Endpoint } from './endpoint.js';
import { attemptHedged } from './hedge.js';

/** What every call to a service shares. */
export interface Calling {
  readonly service: string;
  readonly endpoints: () => readonly Endpoint[];
  readonly retryBudget: RetryBudget;
  readonly hedgeBudget: HedgeBudget;
  readonly metrics: Metrics;
  readonly policy: CallPolicy;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
}

/** What every call of a method shares. */
export interface CallingMethod extends Calling {
  readonly method: Method;
  readonly pace: Pace;
}

const MAX_ATTEMPTS = 3;
/** Ceiling of the pause before the second retry, in milliseconds; it doubles for each further one. */
const BACKOFF_MS = 25;

/**
 * Carries out a unary call: picks an instance, tries, and on UNAVAILABLE tries another one, if the contract says that
 * the method may be repeated, the budget allows it and there is time. The first retry goes out at once and later ones
 * wait a little, at random, unless the answer says when to come back.
 *
 * @throws Fault as the service gave it, or one of the mesh's own reasons
 */
export async function carryOut(
  calling: CallingMethod,
  request: unknown,
  options: SettledOptions,
): Promise<unknown> {
  const call: CallState = { request, options, tried: new Set(), attempts: 0, running: new Set() };
  const { signal } = options;
  if (signal === undefined) return untilSettled(calling, call);
  const abandon = () => {
    for (const attempt of call.running) attempt.abandon();
  };
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await untilSettled(calling, call);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

async function untilSettled(calling: CallingMethod, call: CallState): Promise<unknown> {
  for (;;) {
    assertWanted(call.options);
    const outcome = await attemptHedged(calling, call);
    if (outcome.kind === 'answered') {
      calling.retryBudget.deposit();
      return outcome.response;
    }
    const pauseMs = retryAfterMs(calling, call, outcome);
    if (pauseMs === undefined) throw outcome.fault;
    if (pauseMs > 0) await pause(pauseMs, call.options.signal);
  }
}

/** How long to wait before the next attempt, in milliseconds; undefined when there is to be none. */
function retryAfterMs(
  calling: CallingMethod,
  call: CallState,
  { fault }: Outcome & { readonly kind: 'failed' },
): number | undefined {
  const { retryBudget, policy } = calling;
  if (fault.kind !== 'unavailable') {
    retryBudget.deposit();
    return undefined;
  }
  const affordable = retryBudget.withdraw();
  if (!affordable || !policy.retries || !mayRepeat(calling, call)) return undefined;
  const pauseMs = fault.retryAfterMs ?? backOffMs(call.attempts);
  return pauseMs < remainingMs(call.options.deadline) ? pauseMs : undefined;
}

function mayRepeat(calling: CallingMethod, { options, attempts }: CallState): boolean {
  if (calling.method.idempotencyLevel === 'IDEMPOTENCY_UNKNOWN') return false;
  if (findPin(calling, options) !== undefined) return false;
  return attempts < MAX_ATTEMPTS && !options.signal?.aborted;
}

/** Full jitter, as AWS' architects measured it to spread best (Brooker, Exponential Backoff And Jitter, 2015). */
function backOffMs(attempts: number): number {
  return attempts < 2 ? 0 : Math.random() * BACKOFF_MS * 2 ** (attempts - 2);
}

function assertWanted({ signal, deadline }: SettledOptions): void {
  if (signal?.aborted) throw toFault(signal.reason, signal) satisfies Fault;
  if (Date.now() >= deadline) throw deadlineExceeded();
}
