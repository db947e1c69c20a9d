import type { Instance } from '../consul/instance.js';
import { Fault, type FaultKind } from '../fault.js';
import { toCode } from '../fault-status.js';
import type { CallContext } from '../server/call-context.js';
import type { Span, SpanAttributes, SpanEnd, Tracer } from './tracer.js';

/*
 * The spans of calls, by the semantic conventions for RPC and the names of gRFC A72: what a caller does for a call,
 * one child for each attempt at an instance, and under that what the callee does. Only an attempt is a client span in
 * OpenTelemetry's sense: it is what a callee's span answers.
 *
 * https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 * https://github.com/grpc/proposal/blob/master/A72-open-telemetry-tracing.md
 */

/** What callers know of a call. */
export interface CalledMethod {
  /** Full name, such as /flight.user.v1.UserService/Login. */
  readonly path: string;
  readonly requestId: string;
  readonly traceparent: string | undefined;
}

/** Begins the span of a call, all its attempts included. */
export function beginCallSpan(tracer: Tracer, { path, requestId, traceparent }: CalledMethod): Span {
  const attributes = { ...toRpc(path), request_id: requestId };
  return tracer.startSpan({ name: path.slice(1), kind: 'internal', parent: traceparent, attributes });
}

/** Begins the span of an attempt. */
export function beginAttemptSpan(
  tracer: Tracer,
  { path, requestId, traceparent }: CalledMethod,
  instance: Instance,
  { earlier, isHedge }: { readonly earlier: number; readonly isHedge: boolean },
): Span {
  const attributes = {
    ...toRpc(path),
    request_id: requestId,
    'server.address': instance.host,
    'server.port': instance.port,
    instance: instance.id,
    attempt: earlier,
    hedge: isHedge,
  };
  const name = `Attempt ${path.slice(1)}`;
  return tracer.startSpan({ name, kind: 'client', parent: traceparent, attributes });
}

/** Begins the span of a call that is served. */
export function beginServedSpan(tracer: Tracer, call: CallContext): Span {
  const { method, requestId, traceparent, attempt } = call;
  const attributes = { ...toRpc(method), request_id: requestId, attempt };
  return tracer.startSpan({ name: method.slice(1), kind: 'server', parent: traceparent, attributes });
}

/** How a call or an attempt ended for its caller: anything but an answer is a failure. */
export function toCallerEnd(error: unknown): SpanEnd {
  const { kind, reason } = toOutcome(error);
  return { attributes: { 'rpc.grpc.status_code': toCode(kind) }, failure: reason };
}

/** How an attempt ended that another one outran. */
export const OUTRUN: SpanEnd = { attributes: { outrun: true } };

/** How an answer ended a call or an attempt. */
export const ANSWERED: SpanEnd = { attributes: { 'rpc.grpc.status_code': 0 } };

/** How a call ended for its callee: what the caller did wrong is not the callee's failure. */
export function toServedEnd(error: unknown): SpanEnd {
  const { kind, reason } = toOutcome(error);
  const attributes: SpanAttributes = { 'rpc.grpc.status_code': toCode(kind) };
  return FAILURES.has(kind) ? { attributes, failure: reason } : { attributes: { ...attributes, reason } };
}

/** The status codes that the conventions call a server's errors. */
const FAILURES: ReadonlySet<FaultKind> = new Set([
  'unknown',
  'deadline_exceeded',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
]);

function toOutcome(error: unknown): Pick<Fault, 'kind' | 'reason'> {
  return error instanceof Fault ? error : { kind: 'internal', reason: 'INTERNAL' };
}

function toRpc(path: string): SpanAttributes {
  const slash = path.lastIndexOf('/');
  return { 'rpc.system': 'grpc', 'rpc.service': path.slice(1, slash), 'rpc.method': path.slice(slash + 1) };
}
