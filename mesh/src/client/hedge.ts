import { admits } from '../balance/breaker.js';
import {
  beginAttempt,
  type CallState,
  choose,
  findPin,
  type Outcome,
  type RunningAttempt,
} from './attempt.js';
import type { CallingMethod } from './call.js';

/** A hedge goes out no sooner than this, in milliseconds: below it, waiting costs less than asking twice. */
const MIN_DELAY_MS = 10;
/** The delay while the pace is not known yet, in milliseconds. */
const FIRST_DELAY_MS = 60;

/**
 * Makes one attempt, and if it takes longer than 95 % of the method's attempts lately did, a second one to another
 * instance; the first answer counts (Dean and Barroso, The Tail at Scale, 2013; gRFC A6 calls it hedging). Only for
 * methods without side effects, within the hedge budget, and never for a call that asks for one instance.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export async function attemptHedged(calling: CallingMethod, call: CallState): Promise<Outcome> {
  const first = start(calling, call, false);
  if (!mayHedge(calling, call)) return over(call, first);
  calling.hedgeBudget.deposit();
  const second = await hedgeOf(calling, call, first);
  return second === undefined ? over(call, first) : firstAnswer(call, first, second);
}

function mayHedge(calling: CallingMethod, { options, attempts }: CallState): boolean {
  const { method, policy } = calling;
  // The first attempt only: what is retried has shown that it does not just take long.
  const isFirst = attempts === 1;
  return (
    policy.hedges &&
    isFirst &&
    method.idempotencyLevel === 'NO_SIDE_EFFECTS' &&
    findPin(calling, options) === undefined
  );
}

function start(calling: CallingMethod, call: CallState, isHedge: boolean): RunningAttempt {
  const attempt = beginAttempt(calling, choose(calling, call.options, call.tried), call, isHedge);
  call.running.add(attempt);
  return attempt;
}

async function over(call: CallState, attempt: RunningAttempt): Promise<Outcome> {
  const outcome = await attempt.outcome;
  call.running.delete(attempt);
  return outcome;
}

/** The second attempt, once the first one is late; undefined when it was in time or there is nowhere else to go. */
function hedgeOf(
  calling: CallingMethod,
  call: CallState,
  first: RunningAttempt,
): Promise<RunningAttempt | undefined> {
  return new Promise((resolve) => {
    const delayMs = Math.max(MIN_DELAY_MS, calling.pace.p95Ms ?? FIRST_DELAY_MS);
    const timer = setTimeout(() => {
      const wanted = !call.options.signal?.aborted && Date.now() < call.options.deadline;
      if (!wanted || !hasAnother(calling, call) || !calling.hedgeBudget.withdraw()) return resolve(undefined);
      calling.metrics.hedges.inc({ service: calling.service });
      resolve(start(calling, call, true));
    }, delayMs);
    void first.outcome.then(() => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

function hasAnother({ endpoints }: CallingMethod, { tried }: CallState): boolean {
  const now = Date.now();
  return endpoints().some(({ id, breaker }) => !tried.has(id) && admits(breaker, now));
}

/** The outcome of whichever is done first, unless it is a failure that the other one may make good. */
function firstAnswer(call: CallState, one: RunningAttempt, other: RunningAttempt): Promise<Outcome> {
  return new Promise((resolve) => {
    let failed = 0;
    const done = (attempt: RunningAttempt, rival: RunningAttempt) => (outcome: Outcome) => {
      call.running.delete(attempt);
      if (outcome.kind === 'failed' && ++failed < 2 && isAttemptsOwn(outcome)) return;
      resolve(outcome);
      if (call.running.delete(rival)) rival.outrun();
    };
    void one.outcome.then(done(one, other));
    void other.outcome.then(done(other, one));
  });
}

/** Whether a failure is the attempt's rather than the call's, so that another attempt may fare better. */
function isAttemptsOwn({ fault }: Outcome & { readonly kind: 'failed' }): boolean {
  return fault.kind === 'unavailable' || fault.kind === 'resource_exhausted';
}
