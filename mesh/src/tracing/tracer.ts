/** What is said of a span. Low in number of values where it can be; never a secret, never personal data. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/**
 * A span's part in a call: `server` was asked from outside this process, `client` asks outside of it, `internal` does
 * neither itself.
 */
export type SpanKind = 'server' | 'client' | 'internal';

/** What a span begins with. */
export interface SpanStart {
  /** Of few values, such as `GET /api/flight/search-flights`. */
  readonly name: string;
  readonly kind: SpanKind;
  /** W3C traceparent of what it is done for; a trace begins here without one. */
  readonly parent: string | undefined;
  readonly attributes: SpanAttributes;
}

/** How a span ended. */
export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** The stable reason of a failure, which marks the span as failed. Never a message: those may name people. */
  readonly failure?: string | undefined;
}

/** A piece of work in a trace. */
export interface Span {
  /** W3C traceparent: goes on with what is done for this piece of work. */
  readonly traceparent: string;
  /** Ends it. Only the first end counts. */
  end(end?: SpanEnd): void;
}

/** Records spans. A process that traces nothing has none at all. */
export interface Tracer {
  startSpan(start: SpanStart): Span;
  /** Sends what is not sent yet, for as long as there is time. Never rejects. */
  close(): Promise<void>;
}
