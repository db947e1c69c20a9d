import type { z } from 'zod';
import { toJsonSchema } from './openapi-schema.js';
import type { Route } from './route.js';

const VISIBLE_ASCII = '^[\\x21-\\x7e]+$';

const SHARED = {
  RequestId: {
    name: 'X-Request-Id',
    description:
      'Your name for this request, found again in the answer and in every log. Made when there is none.',
    schema: { type: 'string', maxLength: 128, pattern: VISIBLE_ASCII },
  },
  RequestTimeout: {
    name: 'X-Request-Timeout',
    description: 'Your patience in milliseconds. It can only shorten the time that the answer may take.',
    schema: { type: 'string', pattern: '^\\d{1,10}$', examples: ['500'] },
  },
  GrpcTimeout: {
    name: 'Grpc-Timeout',
    description: "The same in gRPC's form: up to 8 digits and one of H, M, S, m (milliseconds), u, n.",
    schema: { type: 'string', pattern: '^\\d{1,8}[HMSmun]$', examples: ['500m'] },
  },
  TraceParent: {
    name: 'traceparent',
    description: 'W3C Trace Context, sent on to the services.',
    schema: { type: 'string' },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    description:
      'Your name for this change, 1 to 255 visible ASCII characters. A repeat answers what was done.',
    schema: { type: 'string', maxLength: 255, pattern: VISIBLE_ASCII },
  },
} as const;

/** The headers that all routes take, and those that several do, for the document's components. */
export function sharedParameters(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(SHARED).map(([name, parameter]) => [
      name,
      { in: 'header', required: false, ...parameter },
    ]),
  );
}

/** The parameters of a route: path, query, headers. */
export function requestParameters(route: Route): readonly object[] {
  return [
    ...toParameters('path', route.params),
    ...toParameters('query', route.query),
    ...(route.takesIdempotencyKey ? [reference('IdempotencyKey')] : []),
    ...(['RequestId', 'RequestTimeout', 'GrpcTimeout', 'TraceParent'] as const).map(reference),
  ];
}

function toParameters(place: 'path' | 'query', schema: z.ZodType | undefined): readonly object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toJsonSchema(schema);
  return Object.entries(properties).map(([name, { description, ...field }]) => ({
    name,
    in: place,
    required: required.includes(name),
    description,
    schema: field,
  }));
}

function reference(name: keyof typeof SHARED): object {
  return { $ref: `#/components/parameters/${name}` };
}
