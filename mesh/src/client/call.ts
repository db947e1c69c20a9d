import type { BreakerEvent } from '../balance/breaker.js';
import { pick } from '../balance/picker.js';
import type { RetryBudget } from '../balance/retry-budget.js';
import { toMetadata } from '../call-metadata.js';
import { cancelled, deadlineExceeded, pause } from '../deadline.js';
import { Fault } from '../fault.js';
import type { Method } from '../method.js';
import type { Metrics } from '../metrics.js';
import type { SettledOptions } from './call-options.js';
import type { Endpoint } from './endpoint.js';

/** What every call to a service shares. */
export interface Calling {
  readonly service: string;
  readonly endpoints: () => readonly Endpoint[];
  readonly budget: RetryBudget;
  readonly metrics: Metrics;
}

const MAX_ATTEMPTS = 3;
/** Ceiling of the pause before the second retry, in milliseconds; it doubles for each further one. */
const BACKOFF_MS = 25;
/** A signal that never aborts, for calls that came without one. */
const NEVER = new AbortController().signal;

/**
 * Carries out a unary call: picks an instance, tries, and on UNAVAILABLE tries another one, if the contract says that
 * the method may be repeated, the budget allows it and there is time. The first retry goes out at once; later ones
 * wait a little, at random.
 *
 * @throws Fault as the service gave it, or one of the mesh's own reasons
 */
export async function carryOut<Request, Response>(
  calling: Calling,
  method: Method<Request, Response>,
  request: Request,
  options: SettledOptions,
): Promise<Response> {
  const tried = new Set<string>();
  for (let attempt = 0; ; attempt++) {
    if (attempt > 1) await pause(Math.random() * BACKOFF_MS * 2 ** (attempt - 2), options.signal ?? NEVER);
    assertWanted(options);
    const endpoint = choose(calling, options, tried);
    tried.add(endpoint.id);
    const outcome = await tryOnce(calling, endpoint, method, request, options, attempt);
    if (outcome.kind === 'answered') {
      calling.budget.deposit();
      return outcome.response;
    }
    if (!mayRetry(calling, method, outcome.fault, options, attempt)) throw outcome.fault;
  }
}

/** Chooses where a call goes, or throws why it can't. */
export function choose(
  { service, endpoints }: Calling,
  { instance }: Pick<SettledOptions, 'instance'>,
  tried: ReadonlySet<string>,
): Endpoint {
  const picked = pick(endpoints(), { pinned: instance, tried, now: Date.now(), random: Math.random });
  switch (picked.kind) {
    case 'picked':
      return picked.candidate;
    case 'refused': {
      const { id } = picked.candidate;
      const message = `${id} is temporarily unavailable due to failures.`;
      throw new Fault('unavailable', 'BREAKER_OPEN', message, { instance: id }, { retryAfterMs: 1000 });
    }
    case 'none': {
      const facts = instance === undefined ? { service } : { service, instance };
      throw new Fault('unavailable', 'NO_INSTANCE', 'The service is temporarily unavailable', facts, {
        retryAfterMs: 1000,
      });
    }
  }
}

type Outcome<Response> =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'failed'; readonly fault: Fault };

async function tryOnce<Request, Response>(
  { service, metrics }: Calling,
  endpoint: Endpoint,
  method: Method<Request, Response>,
  request: Request,
  options: SettledOptions,
  attempt: number,
): Promise<Outcome<Response>> {
  const { deadline, signal } = options;
  const metadata = toMetadata({ ...options, attempt });
  const finish = endpoint.begin();
  try {
    const response = await endpoint.lane.unary(method, request, { metadata, deadline, signal });
    finish('succeeded');
    metrics.attempts.inc({ service, instance: endpoint.id, code: 'ok' });
    return { kind: 'answered', response };
  } catch (error) {
    const fault = toFault(error, signal);
    finish(judge(fault));
    metrics.attempts.inc({ service, instance: endpoint.id, code: fault.kind });
    return { kind: 'failed', fault };
  }
}

/**
 * What a failed attempt says of the instance: only broken transports, defects and expired deadlines are its failures.
 * Who passes on a deadline that a stranger may shorten cancels before it is over, and that counts as abandoned. A
 * business refusal proves that the instance works.
 */
export function judge(fault: Fault): Exclude<BreakerEvent, 'began'> {
  switch (fault.kind) {
    case 'unavailable':
    case 'internal':
    case 'unknown':
    case 'data_loss':
    case 'deadline_exceeded':
      return 'failed';
    case 'cancelled':
    case 'resource_exhausted':
      return 'abandoned';
    default:
      return 'succeeded';
  }
}

function mayRetry(
  calling: Calling,
  method: Pick<Method, 'idempotencyLevel'>,
  fault: Fault,
  options: SettledOptions,
  attempt: number,
): boolean {
  if (fault.kind !== 'unavailable') {
    calling.budget.deposit();
    return false;
  }
  const allowed = calling.budget.withdraw();
  if (method.idempotencyLevel === 'IDEMPOTENCY_UNKNOWN' || options.instance !== undefined) return false;
  return allowed && attempt + 1 < MAX_ATTEMPTS && Date.now() < options.deadline && !options.signal?.aborted;
}

function assertWanted({ signal, deadline }: SettledOptions): void {
  if (signal?.aborted) throw toFault(signal.reason, signal);
  if (Date.now() >= deadline) throw deadlineExceeded();
}

function toFault(error: unknown, signal: AbortSignal | undefined): Fault {
  if (!(error instanceof Fault)) {
    return signal?.aborted
      ? cancelled(error)
      : new Fault('internal', 'INTERNAL', 'An error occurred', {}, { cause: error });
  }
  // A call that we did not cancel was broken off by a callee that was made to stop: another instance can answer it.
  if (error.kind !== 'cancelled' || error.domain !== undefined || signal?.aborted) return error;
  return new Fault(
    'unavailable',
    'UNREACHABLE',
    'The service is temporarily unavailable',
    {},
    { cause: error },
  );
}
