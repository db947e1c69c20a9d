import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** A span as it was sent. */
export interface ReceivedSpan {
  /** Of the process that recorded it. */
  readonly service: string;
  readonly instance: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined where a trace begins. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The message of a status that is an error. */
  readonly failure: string | undefined;
}

/** Takes traces as a collector does, over OTLP/HTTP. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** Everything that was received so far, in the order of arrival. */
  readonly spans: readonly ReceivedSpan[];
  /** The bodies of all requests so far, as they came. */
  readonly bytes: Buffer;
  close(): Promise<void>;
}

/** What is read here of OTLP 1.x; numbers that are not named are left out. */
const CONTRACT = `
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }`;

const REQUEST = protobuf.parse(CONTRACT).root.lookupType('Request');

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface SentSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly message: string; readonly code: number } | null;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

const KINDS: Readonly<Record<number, ReceivedSpan['kind']>> = { 1: 'internal', 2: 'server', 3: 'client' };
const ERROR = 2;

/** Opens a receiver on any port of loopback. */
export async function openOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: Buffer[] = [];
  const spans: ReceivedSpan[] = [];

  async function receive(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST' || request.url !== '/v1/traces') return 404;
    if (request.headers['content-type'] !== 'application/x-protobuf') return 415;
    const body = Buffer.concat(await request.toArray());
    bodies.push(body);
    spans.push(...decode(body));
    return 200;
  }

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    get bytes() {
      return Buffer.concat(bodies);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function decode(body: Buffer): readonly ReceivedSpan[] {
  const options = { defaults: true, arrays: true, longs: Number };
  const { resourceSpans } = REQUEST.toObject(REQUEST.decode(body), options) as Sent;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = toRecord(resource.attributes);
    const process = {
      service: String(about['service.name']),
      instance: String(about['service.instance.id']),
    };
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...process, ...toSpan(span) })));
  });
}

function toSpan(span: SentSpan): Omit<ReceivedSpan, 'service' | 'instance'> {
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentId: span.parentSpanId.length > 0 ? span.parentSpanId.toString('hex') : undefined,
    name: span.name,
    kind: KINDS[span.kind] ?? 'other',
    attributes: toRecord(span.attributes),
    failure: span.status?.code === ERROR ? span.status.message : undefined,
  };
}

function toRecord(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
