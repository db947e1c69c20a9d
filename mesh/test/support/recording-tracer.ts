import { parseTraceparent, toTraceparent } from '../../src/tracing/traceparent.js';
import type { SpanEnd, SpanStart, Tracer } from '../../src/tracing/tracer.js';

/** A span that a test looks at. */
export interface RecordedSpan extends SpanStart {
  readonly traceparent: string;
  /** Undefined while it goes on. */
  ended: SpanEnd | undefined;
}

/** A tracer that keeps its spans, in the order of their beginnings, and sends them nowhere. */
export interface RecordingTracer extends Tracer {
  readonly spans: readonly RecordedSpan[];
}

export function createRecordingTracer(): RecordingTracer {
  const spans: RecordedSpan[] = [];
  return {
    spans,
    startSpan(start) {
      const number = (spans.length + 1).toString(16);
      const { traceId = number.padStart(32, '0'), sampled = true } = parseTraceparent(start.parent) ?? {};
      const traceparent = toTraceparent({ traceId, spanId: number.padStart(16, '0'), sampled });
      const span: RecordedSpan = { ...start, traceparent, ended: undefined };
      spans.push(span);
      return {
        traceparent,
        end(end = {}) {
          span.ended ??= end;
        },
      };
    },
    close: async () => undefined,
  };
}
