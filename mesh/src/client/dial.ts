import { createHedgeBudget } from '../balance/hedge-budget.js';
import { createPace } from '../balance/pace.js';
import { createRetryBudget } from '../balance/retry-budget.js';
import type { CallPolicy } from '../config/process-config.js';
import { Fault } from '../fault.js';
import type { Method } from '../method.js';
import {
  type MethodDescription,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
  toMethods,
} from '../method.js';
import type { Metrics } from '../metrics.js';
import { ANSWERED, beginCallSpan, toCallerEnd } from '../tracing/call-spans.js';
import type { Span, SpanEnd, Tracer } from '../tracing/tracer.js';
import { choose, judge, metadataOf } from './attempt.js';
import { type Calling, type CallingMethod, carryOut } from './call.js';
import { type CallOptions, type SettledOptions, settle } from './call-options.js';
import type { Endpoints } from './endpoints.js';

type Call<M extends MethodDescription> = M['responseStream'] extends true
  ? (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
  : (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>;

/** A service's methods as functions. Every failure is a Fault. */
export type Client<D extends ServiceDefinition> = {
  readonly [M in keyof D['methods']]: Call<D['methods'][M]>;
};

/** What a client stands on. */
export interface DialOptions {
  readonly service: string;
  readonly endpoints: Endpoints;
  readonly metrics: Metrics;
  readonly policy: CallPolicy;
  readonly tracer?: Tracer | undefined;
}

/**
 * Makes a client of a service: typed functions over whatever instances the service has at each moment. Unary calls
 * are balanced, hedged and retried (see call.ts); a stream goes to one instance and is its caller's to resume.
 */
export function dial<D extends ServiceDefinition>(definition: D, options: DialOptions): Client<D> {
  const { service, endpoints, metrics, policy, tracer } = options;
  const calling: Calling = {
    service,
    metrics,
    policy,
    tracer,
    endpoints: () => endpoints.current,
    retryBudget: createRetryBudget(),
    hedgeBudget: createHedgeBudget(),
  };
  const calls = Object.entries(toMethods(definition)).map(([key, method]) => [
    key,
    method.responseStream ? streaming(calling, method) : unary(calling, method),
  ]);
  return Object.fromEntries(calls) as Client<D>;
}

function unary(calling: Calling, method: Method) {
  const { service, metrics, tracer } = calling;
  const callingMethod: CallingMethod = { ...calling, method, pace: createPace() };
  return async (request: unknown, options: CallOptions = {}): Promise<unknown> => {
    const began = performance.now();
    const settled = settle(options, method.deadlineMs);
    const span = tracer && beginSpan(tracer, method, settled);
    let code = 'ok';
    let end: SpanEnd = ANSWERED;
    try {
      return await carryOut(callingMethod, request, span === undefined ? settled : within(span, settled));
    } catch (error) {
      code = error instanceof Fault ? error.kind : 'internal';
      if (span !== undefined) end = toCallerEnd(error);
      throw error;
    } finally {
      span?.end(end);
      metrics.called.observe({ service, method: method.path, code }, (performance.now() - began) / 1000);
    }
  };
}

function beginSpan(tracer: Tracer, { path }: Method, { requestId, traceparent }: SettledOptions): Span {
  return beginCallSpan(tracer, { path, requestId, traceparent });
}

/** The options of a call with its own span as what its attempts are made for. */
function within({ traceparent }: Span, options: SettledOptions): SettledOptions {
  return { ...options, traceparent };
}

const NONE_TRIED: ReadonlySet<string> = new Set();

function streaming(calling: Calling, method: Method) {
  return async function* (request: unknown, options: CallOptions = {}): AsyncIterable<unknown> {
    const settled = settle(options, method.deadlineMs);
    const endpoint = choose(calling, settled, NONE_TRIED);
    const counted = endpoint.begin();
    const { deadline, signal } = settled;
    try {
      const metadata = metadataOf(settled, 0);
      for await (const message of endpoint.lane.stream(method, request, { metadata, deadline }, signal)) {
        // The instance has proved that it works; a stream may stay open for days and must not weigh as an old call.
        counted.finish('succeeded');
        yield message;
      }
    } catch (error) {
      counted.finish(error instanceof Fault ? judge(error, settled) : 'abandoned');
      throw error;
    } finally {
      counted.finish('abandoned');
    }
  };
}
