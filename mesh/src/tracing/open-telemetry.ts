import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/tracing-config.js';
import { pause } from '../deadline.js';
import type { Logger } from '../log.js';
import type { TracerIdentity } from './open-tracer.js';
import { createSampler } from './sampler.js';
import { parseTraceparent, toTraceparent } from './traceparent.js';
import type { Span, SpanEnd, SpanStart, Tracer } from './tracer.js';
import { createWatchedExporter } from './watched-exporter.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** Spans that wait to be sent, at most; what comes on top is dropped. About a kilobyte each. */
const QUEUED_MAX = 2048;
/** Spans that are sent at once. */
const BATCH_MAX = 512;
/** How long one batch may be on its way before the next one goes, in milliseconds. */
const EXPORT_TIMEOUT_MS = 10_000;
/** How long a stopping process goes on sending, in milliseconds. */
const CLOSE_MS = 2000;

/**
 * A tracer by OpenTelemetry that sends OTLP over HTTP. Nothing of it is global and nothing is patched: what is not
 * given to `startSpan` is not traced. A receiver that is away or slow costs spans and a warning now and then.
 */
export function createOpenTelemetryTracer(
  config: TracingConfig,
  identity: TracerIdentity,
  log: Logger,
): Tracer {
  const exporter = createWatchedExporter(new OTLPTraceExporter({ url: config.url }), log);
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: QUEUED_MAX,
    maxExportBatchSize: BATCH_MAX,
    scheduledDelayMillis: config.delayMs,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: toResource(config, identity),
    sampler: createSampler(config),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('@flight/mesh', identity.version);

  return {
    startSpan({ name, kind, parent, attributes }) {
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, toContext(parent, kind));
      return toSpan(span);
    },

    async close() {
      const late = new AbortController();
      const sent = provider.shutdown().then(
        () => true,
        // The exporter has said why.
        () => true,
      );
      const done = await Promise.race([sent, pause(CLOSE_MS, late.signal).then(() => false)]);
      late.abort();
      if (!done) log.warn('the last spans were not sent in time');
    },
  };
}

function toContext(parent: string | undefined, kind: SpanStart['kind']) {
  const place = parseTraceparent(parent);
  if (place === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: place.traceId,
    spanId: place.spanId,
    traceFlags: place.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: kind === 'server',
  });
}

function toSpan(span: ReturnType<ReturnType<TracerProvider['getTracer']>['startSpan']>): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: toTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }),
    end({ attributes, failure }: SpanEnd = {}) {
      if (attributes !== undefined) span.setAttributes(attributes);
      if (failure !== undefined) {
        span.setAttribute('error.type', failure);
        span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      }
      span.end();
    },
  };
}

/** OTEL_RESOURCE_ATTRIBUTES adds to what is known of the process, and OTEL_SERVICE_NAME names it anew. */
function toResource({ serviceName }: TracingConfig, identity: TracerIdentity): Resource {
  const own = resourceFromAttributes({
    'service.name': identity.service,
    'service.instance.id': identity.instance,
    'service.version': identity.version,
  });
  const named = resourceFromAttributes(serviceName === undefined ? {} : { 'service.name': serviceName });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(named);
}
