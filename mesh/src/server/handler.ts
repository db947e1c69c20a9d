import type { handleUnaryCall, MethodDefinition, ServerWritableStream, StatusObject } from '@grpc/grpc-js';
import { Fault } from '../fault.js';
import { toStatus } from '../fault-status.js';
import type { Logger } from '../log.js';
import type { Method } from '../method.js';
import type { Metrics } from '../metrics.js';
import { ANSWERED, beginServedSpan, toServedEnd } from '../tracing/call-spans.js';
import { traceIdOf } from '../tracing/traceparent.js';
import type { Span, Tracer } from '../tracing/tracer.js';
import { type CallContext, type OpenContext, openContext, readCallersDeadline } from './call-context.js';
import type { Arrivals } from './linger.js';

/** What every handler of a server shares. */
export interface Serving {
  /** Who answers: the domain of google.rpc.ErrorInfo. */
  readonly domain: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly arrivals: Arrivals;
  /** Undefined where nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** A request that could not be decoded: travels to the handler so that the refusal is ours, not grpc-js' INTERNAL. */
class Malformed {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/** The method as it is served: decoding that fails is the caller's fault and is answered INVALID_ARGUMENT. */
export function toServed(method: Method): MethodDefinition<unknown, unknown> {
  return {
    ...method,
    requestDeserialize: (bytes) => {
      try {
        return method.requestDeserialize(bytes);
      } catch (error) {
        return new Malformed(error);
      }
    },
  };
}

/** What carries out a unary call. */
export type Unary = (request: unknown, call: CallContext) => Promise<unknown>;
/** What carries out a streaming call. */
export type Streaming = (request: unknown, call: CallContext) => AsyncIterable<unknown>;

/** Wraps a unary handler: whatever it does, the call gets one status and the process lives. */
export function wrapUnary(
  serving: Serving,
  method: Method,
  handler: Unary,
): handleUnaryCall<unknown, unknown> {
  return (raw, callback) => {
    const began = performance.now();
    serving.arrivals.lastAt = began;
    const context = openContext(raw, method, serving.log);
    const span = serving.tracer && trace(serving.tracer, context);
    const finish = (code: string, fault?: unknown) => {
      context.settle();
      report(serving, context, code, fault, began);
      span?.end(fault === undefined ? ANSWERED : toServedEnd(fault));
    };
    invoke(handler, raw.request, context).then(
      (response) => {
        finish('ok');
        callback(null, response);
      },
      (error: unknown) => {
        const fault = toFault(error);
        finish(fault.kind, error);
        callback(toStatus(fault, serving.domain, readCallersDeadline(raw) - Date.now()));
      },
    );
  };
}

/** Begins the call's span, under which everything goes that is done for it. */
function trace(tracer: Tracer, context: OpenContext): Span {
  const span = beginServedSpan(tracer, context);
  context.traceparent = span.traceparent;
  return span;
}

/**
 * Wraps a streaming handler: messages go out as fast as the caller takes them, and the stream ends with one status. It
 * has no span of its own, for it may be open for days.
 */
export function wrapStreaming(serving: Serving, method: Method, handler: Streaming) {
  return (raw: ServerWritableStream<unknown, unknown>): void => {
    const began = performance.now();
    serving.arrivals.lastAt = began;
    const context = openContext(raw, method, serving.log);
    const finish = (code: string, status: StatusObject | undefined, fault?: unknown) => {
      context.settle();
      report(serving, context, code, fault, began);
      if (status === undefined) raw.end();
      else raw.emit('error', status);
    };
    pump(raw, handler, context).then(
      () => finish('ok', undefined),
      (error: unknown) => {
        const fault = toFault(error);
        finish(fault.kind, toStatus(fault, serving.domain), error);
      },
    );
  };
}

async function invoke(handler: Unary, request: unknown, context: CallContext): Promise<unknown> {
  return handler(assertMessage(request), context);
}

async function pump(raw: ServerWritableStream<unknown, unknown>, handler: Streaming, context: CallContext) {
  const { signal } = context;
  for await (const message of handler(assertMessage(raw.request), context)) {
    signal.throwIfAborted();
    if (!raw.write(message)) await drained(raw, signal);
  }
}

function drained(raw: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    raw.once('drain', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

function assertMessage(request: unknown): unknown {
  if (!(request instanceof Malformed)) return request;
  throw new Fault(
    'invalid_argument',
    'MALFORMED_MESSAGE',
    'The request is not a message of this method',
    {},
    request,
  );
}

function toFault(error: unknown): Fault {
  return error instanceof Fault
    ? error
    : new Fault('internal', 'INTERNAL', 'An error occurred', {}, { cause: error });
}

/** One line and one measurement a call. The line is made here whole: a child logger for each call would cost more. */
function report(
  { metrics, log }: Serving,
  call: CallContext,
  code: string,
  error: unknown,
  began: number,
): void {
  const ms = performance.now() - began;
  const { method, requestId, attempt, traceparent } = call;
  metrics.served.observe({ method, code }, ms / 1000);
  const line = {
    method,
    request_id: requestId,
    trace_id: traceIdOf(traceparent),
    code,
    ms: Math.round(ms * 10) / 10,
    attempt,
  };
  if (code === 'ok') log.info(line, 'served');
  else if (error instanceof Fault && code !== 'internal')
    log.info({ ...line, reason: error.reason }, 'refused');
  else log.error({ ...line, err: error }, 'failed');
}
