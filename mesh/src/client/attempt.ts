import type { Metadata } from '@grpc/grpc-js';
import { pick } from '../balance/picker.js';
import { toMetadata } from '../call-metadata.js';
import { cancelled } from '../deadline.js';
import { Fault } from '../fault.js';
import { ANSWERED, beginAttemptSpan, OUTRUN, toCallerEnd } from '../tracing/call-spans.js';
import type { Span, Tracer } from '../tracing/tracer.js';
import type { Calling, CallingMethod } from './call.js';
import type { SettledOptions } from './call-options.js';
import type { Endpoint, Verdict } from './endpoint.js';

/** One call with what was done for it so far. */
export interface CallState {
  readonly request: unknown;
  readonly options: SettledOptions;
  /** Instances that an attempt went to. */
  readonly tried: Set<string>;
  attempts: number;
  /** The attempts that are not over: given up when the caller goes away. */
  readonly running: Set<RunningAttempt>;
}

export type Outcome =
  | { readonly kind: 'answered'; readonly response: unknown }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** An attempt that is on its way. */
export interface RunningAttempt {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** The caller no longer waits. */
  abandon(): void;
  /** Another attempt was answered first. */
  outrun(): void;
}

type Pinning = Pick<SettledOptions, 'instance' | 'wished'>;

/** The one instance that a call may go to; undefined for any. */
export function findPin({ endpoints }: Calling, { instance, wished }: Pinning): string | undefined {
  if (instance !== undefined || wished === undefined) return instance;
  return endpoints().some(({ id }) => id === wished) ? wished : undefined;
}

/** Chooses where a call goes, or throws why it can't. */
export function choose(calling: Calling, options: Pinning, tried: ReadonlySet<string>): Endpoint {
  const { service, endpoints } = calling;
  const instance = findPin(calling, options);
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

/**
 * What an attempt says of its call; earlier attempts are counted.
 *
 * @param span the attempt's own, if it is traced
 */
export function metadataOf(options: SettledOptions, attempt: number, span?: Span): Metadata {
  const traceparent = span === undefined ? options.traceparent : span.traceparent;
  return toMetadata({ ...options, traceparent, instance: options.instance ?? options.wished, attempt });
}

/**
 * Sends a call to an instance.
 *
 * @param isHedge whether another attempt is on its way
 */
export function beginAttempt(
  calling: CallingMethod,
  endpoint: Endpoint,
  call: CallState,
  isHedge: boolean,
): RunningAttempt {
  const { service, method, metrics, pace } = calling;
  const { options, request, tried } = call;
  const { deadline } = options;
  const span = calling.tracer && beginSpan(calling.tracer, calling, endpoint, call, isHedge);
  const metadata = metadataOf(options, call.attempts, span);
  let outrun = false;
  call.attempts += 1;
  tried.add(endpoint.id);
  const counted = endpoint.begin();
  const began = performance.now();
  const pending = endpoint.lane.unary(method, request, { metadata, deadline });

  const outcome = pending.response.then(
    (response): Outcome => {
      counted.finish('succeeded');
      pace.observe(performance.now() - began);
      metrics.attempts.inc({ service, instance: endpoint.id, code: 'ok' });
      span?.end(ANSWERED);
      return { kind: 'answered', response };
    },
    (error: unknown): Outcome => {
      const fault = toFault(error, options.signal);
      counted.finish(judge(fault, options));
      metrics.attempts.inc({ service, instance: endpoint.id, code: fault.kind });
      span?.end(outrun ? OUTRUN : toCallerEnd(fault));
      return { kind: 'failed', fault };
    },
  );
  return {
    outcome,
    abandon: pending.cancel,
    outrun() {
      outrun = true;
      counted.outrun(deadline, options.impatient ? 'abandoned' : 'failed');
      pending.cancel();
    },
  };
}

function beginSpan(
  tracer: Tracer,
  { method }: CallingMethod,
  endpoint: Endpoint,
  { options, attempts }: CallState,
  isHedge: boolean,
): Span {
  const called = { path: method.path, requestId: options.requestId, traceparent: options.traceparent };
  return beginAttemptSpan(tracer, called, endpoint.instance, { earlier: attempts, isHedge });
}

/**
 * What a failed attempt says of the instance: broken transports, defects and expired deadlines are its failures; a
 * deadline that somebody's impatience set is not, or strangers could open breakers at will. A business refusal proves
 * that the instance works.
 */
export function judge(fault: Fault, { impatient }: Pick<SettledOptions, 'impatient'>): Verdict {
  switch (fault.kind) {
    case 'unavailable':
    case 'internal':
    case 'unknown':
    case 'data_loss':
      return 'failed';
    case 'deadline_exceeded':
      return impatient ? 'abandoned' : 'failed';
    case 'cancelled':
    case 'resource_exhausted':
      return 'abandoned';
    default:
      return 'succeeded';
  }
}

/** Any failure of an attempt as a Fault. */
export function toFault(error: unknown, signal: AbortSignal | undefined): Fault {
  if (!(error instanceof Fault)) {
    return signal?.aborted
      ? cancelled(error)
      : new Fault('internal', 'INTERNAL', 'An error occurred', {}, { cause: error });
  }
  return !signal?.aborted && isBrokenOff(error) ? unreachable(error) : error;
}

/**
 * Whether the transport broke the call off, not the callee's handler, in a way that another instance can make good: a
 * cancellation that is not ours comes from a callee that was made to stop, a reset stream from one that fell.
 */
function isBrokenOff({ kind, domain, cause }: Fault): boolean {
  if (domain !== undefined) return false;
  if (kind === 'cancelled') return true;
  return kind === 'internal' && /RST_STREAM/.test((cause as { details?: string } | undefined)?.details ?? '');
}

function unreachable(cause: Fault): Fault {
  return new Fault('unavailable', 'UNREACHABLE', 'The service is temporarily unavailable', {}, { cause });
}
