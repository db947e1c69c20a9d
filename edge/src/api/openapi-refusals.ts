import { describeFault } from '../domain/problem.js';
import { describeRefusal, type RefusalReason } from '../domain/refusal.js';
import { toProblemDetails } from './problem-details.js';
import type { RefusalSpec, Route } from './route.js';

/** Every way that a route can refuse: its own, and those that come with what it takes. */
export function listRefusals(route: Route): readonly RefusalSpec[] {
  return [
    ...(route.refusals ?? []),
    ...own('TIMEOUT_MALFORMED', 'TIMEOUT_OVER'),
    ...(route.unlimited ? [] : own('TOO_MANY_REQUESTS')),
    ...(route.params ? own('NOTHING_HERE') : []),
    ...(route.query || route.body ? fieldRefusals(route) : []),
    ...(route.body ? own('BODY_MALFORMED', 'BODY_TOO_LARGE', 'BODY_NOT_JSON') : []),
    ...(route.takesIdempotencyKey ? own('IDEMPOTENCY_KEY_MALFORMED') : []),
    ...tokenRefusals(route),
    faultRefusal('internal', 'INTERNAL'),
    faultRefusal('unavailable', 'UNAVAILABLE'),
  ];
}

/** The refusals of a route as OpenAPI's responses: one for each status, with an example for each reason. */
export function documentRefusals(route: Route): Readonly<Record<string, object>> {
  const byStatus: Record<string, RefusalSpec[]> = {};
  for (const refusal of listRefusals(route)) {
    byStatus[refusal.status] = [...(byStatus[refusal.status] ?? []), refusal];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, refusals]) => [status, toResponse(status, refusals)]),
  );
}

function toResponse(status: string, refusals: readonly RefusalSpec[]): object {
  const description = [...new Set(refusals.map(({ message }) => message))].join(' · ');
  return {
    description,
    ...(HEADERS[status] && { headers: HEADERS[status] }),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Message' },
        examples: toExamples(refusals, ({ message }) => ({ message })),
      },
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/ProblemDetails' },
        examples: toExamples(refusals, (refusal) =>
          toProblemDetails({ ...refusal, retryAfterMs: undefined }),
        ),
      },
    },
  };
}

const RETRY_AFTER = {
  'Retry-After': { description: 'When to come back, in seconds.', schema: { type: 'integer', minimum: 1 } },
};

const HEADERS: Readonly<Record<string, object>> = {
  401: { 'WWW-Authenticate': { description: '`Bearer` (RFC 6750).', schema: { type: 'string' } } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

function toExamples(refusals: readonly RefusalSpec[], toValue: (refusal: RefusalSpec) => unknown): object {
  return Object.fromEntries(refusals.map((refusal) => [refusal.reason, { value: toValue(refusal) }]));
}

function fieldRefusals({ missing }: Route): readonly RefusalSpec[] {
  const gone = missing === undefined ? [] : [{ status: 400, reason: 'FIELD_MISSING', message: missing }];
  return [...gone, ...own('FIELD_MALFORMED')];
}

function tokenRefusals({ auth }: Route): readonly RefusalSpec[] {
  if (auth === 'none') return [];
  const missing = auth === 'bearer' ? [faultRefusal('unauthenticated', 'TOKEN_MISSING')] : [];
  return [
    ...missing,
    faultRefusal('unauthenticated', 'TOKEN_INVALID'),
    faultRefusal('unauthenticated', 'TOKEN_EXPIRED'),
  ];
}

function own(...reasons: readonly RefusalReason[]): readonly RefusalSpec[] {
  return reasons.map((reason) => ({ reason, ...describeRefusal(reason) }));
}

function faultRefusal(kind: Parameters<typeof describeFault>[0], reason: string): RefusalSpec {
  const { status, message = '' } = describeFault(kind, reason);
  return { status, reason, message };
}
