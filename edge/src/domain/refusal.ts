/** What the edge itself refuses, before any service is asked: status and words. */
const REFUSALS = {
  NOTHING_HERE: [404, 'There is nothing at this address'],
  METHOD_NOT_ALLOWED: [
    405,
    'This address does not take this method; the Allow header names those that it takes',
  ],
  URL_MALFORMED: [400, 'The address is not correctly percent-encoded'],
  FIELD_MALFORMED: [400, 'A field is malformed'],
  FIELD_MISSING: [400, 'A field is missing'],
  BODY_MALFORMED: [400, 'The body is not valid JSON'],
  BODY_INCOMPLETE: [400, 'The body ended before its announced length'],
  BODY_TOO_LARGE: [413, 'The body is larger than 64 KiB'],
  BODY_NOT_JSON: [415, 'The body must be application/json in UTF-8, without content encoding'],
  TIMEOUT_MALFORMED: [400, 'The request timeout is malformed'],
  TIMEOUT_OVER: [504, 'The request took too long. Please try again.'],
  IDEMPOTENCY_KEY_MALFORMED: [400, 'Idempotency-Key must be 1 to 255 visible ASCII characters'],
  TOO_MANY_REQUESTS: [429, 'Too many requests. Please try again later.'],
  TOO_MANY_SIGN_INS: [429, 'Too many failed sign-ins. Please try again later.'],
  UPGRADE_MALFORMED: [400, 'The WebSocket handshake is malformed'],
  ORIGIN_NOT_ALLOWED: [403, 'Pages of this origin may not connect'],
  TOO_MANY_SOCKETS: [503, 'Too many connections. Please try again later.'],
  STOPPING: [503, 'The server restarts. Please connect again.'],
  FRAME_MALFORMED: [400, 'The frame must be a text of JSON: {"event": …, "data": {…}}'],
  EVENT_UNKNOWN: [404, 'There is no such event'],
  TOO_MANY_EVENTS: [429, 'Too many events. Please slow down.'],
  EVENTS_WAITING: [429, 'Too many events are waiting. Please slow down.'],
  TOO_MANY_ROOMS: [429, 'Too many rooms. Please disconnect from one first.'],
  INSTANCE_UNKNOWN: [404, 'There is no such instance'],
  INSTANCE_UNAVAILABLE: [503, 'The instance is temporarily unavailable due to failures.'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>;

export type RefusalReason = keyof typeof REFUSALS;

/** A request that the edge refuses by itself. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly reason: RefusalReason;
  readonly retryAfterMs: number | undefined;

  /** @param message where there is more to say than the reason's own words */
  constructor(reason: RefusalReason, message: string = REFUSALS[reason][1], retryAfterMs?: number) {
    super(message);
    this.status = REFUSALS[reason][0];
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The status and the usual words of a refusal, for the documentation. */
export function describeRefusal(reason: RefusalReason): {
  readonly status: number;
  readonly message: string;
} {
  const [status, message] = REFUSALS[reason];
  return { status, message };
}
