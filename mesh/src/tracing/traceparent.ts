/** A traceparent of any version: what comes after version 00's four fields is for versions that nobody knows yet. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The longest that is looked at, in characters. */
const MAX_LENGTH = 255;

/** A place in a trace: what a call or a piece of work is done for. */
export interface TracePlace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether whoever began the trace wants it recorded. */
  readonly sampled: boolean;
}

/**
 * Reads a W3C traceparent. A version that is newer than 00 is read as 00, as the recommendation asks for.
 *
 * @returns undefined when there is none, or it is malformed: the trace is then begun anew
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(text: string | undefined): TracePlace | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes a traceparent of version 00. */
export function toTraceparent({ traceId, spanId, sampled }: TracePlace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A traceparent that came from outside in a form that can be sent on; undefined when it is none. */
export function findTraceparent(text: string | undefined): string | undefined {
  const place = parseTraceparent(text);
  return place && toTraceparent(place);
}

/** The trace id of a traceparent that was found well-formed before: what logs name a trace by. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.slice(3, 35);
}
