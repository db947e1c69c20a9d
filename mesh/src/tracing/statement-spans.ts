import { Fault } from '../fault.js';
import type { Span, SpanEnd, Tracer } from './tracer.js';

/** A statement, or a whole transaction, that is carried out for a call. */
export interface TracedStatement {
  /** The database's name in Consul. */
  readonly database: string;
  /** The name that it is prepared under. Its text and its values stay where they are. */
  readonly name: string;
  readonly traceparent: string;
}

/**
 * Begins the span of a statement, the wait for a connection and every server that it is sent to included.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/postgresql/
 */
export function beginStatementSpan(tracer: Tracer, { database, name, traceparent }: TracedStatement): Span {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name, database };
  return tracer.startSpan({ name, kind: 'client', parent: traceparent, attributes });
}

/** How a failed statement ended: by a fault's reason, or by SQLSTATE. What the database says may name values. */
export function toStatementEnd(error: unknown): SpanEnd {
  if (error instanceof Fault) return { failure: error.reason };
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { failure: typeof code === 'string' ? code : 'INTERNAL' };
}
