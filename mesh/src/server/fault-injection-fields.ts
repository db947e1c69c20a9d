import { InjectedCode, type InjectFaultRequest } from '@flight/proto/mesh';
import { Fault, type FaultKind } from '../fault.js';
import type { InjectedFault } from './injected-faults.js';

const LATENCY_MAX_MS = 60_000;
const DURATION_MAX_MS = 600_000;
const PAGE_SIZE_MAX = 1000;
const PAGE_SIZE_DEFAULT = 100;

/**
 * The fault that a request asks for.
 *
 * @param methods full names of the methods that can have faults
 * @throws Fault INVALID_FIELD
 */
export function parseInjection(
  request: InjectFaultRequest,
  methods: ReadonlySet<string>,
  now: number,
): InjectedFault {
  const { method } = request;
  if (method !== '' && !methods.has(method)) throw invalidField('method', 'is not served here');
  const errorRate = parseRate('error_rate', request.errorRate);
  const blackHoleRate = parseRate('black_hole_rate', request.blackHoleRate);
  const latencyMs = parseDuration('latency', request.latency, LATENCY_MAX_MS);
  const durationMs = parseDuration('duration', request.duration, DURATION_MAX_MS);
  if (durationMs === 0) throw invalidField('duration', 'is missing');
  if (errorRate + blackHoleRate > 1) throw invalidField('black_hole_rate', 'and error_rate are more than 1');
  if (errorRate + blackHoleRate + latencyMs === 0)
    throw invalidField('error_rate', 'or latency or black_hole_rate must be set');
  return {
    method,
    errorRate,
    kind: parseCode(request.code),
    latencyMs,
    blackHoleRate,
    until: now + durationMs,
  };
}

/** @throws Fault INVALID_FIELD */
export function parsePageSize(value: number): number {
  if (value === 0) return PAGE_SIZE_DEFAULT;
  if (value >= 1 && value <= PAGE_SIZE_MAX) return value;
  throw invalidField('page_size', `must be 1 to ${PAGE_SIZE_MAX}`);
}

/** The page that begins after a method. */
export function toPageToken(method: string): string {
  return Buffer.from(`after:${method}`).toString('base64url');
}

/** @throws Fault INVALID_PAGE_TOKEN */
export function parsePageToken(token: string): string | undefined {
  if (token === '') return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  if (text.startsWith('after:')) return text.slice('after:'.length);
  throw new Fault('invalid_argument', 'INVALID_PAGE_TOKEN', 'The page token was not made by this method');
}

function parseRate(field: string, rate: number): number {
  // Written so that NaN is refused too.
  if (!(rate >= 0 && rate <= 1)) throw invalidField(field, 'must be 0 to 1');
  return rate;
}

function parseDuration(
  field: string,
  duration: { readonly seconds: number; readonly nanos: number } | undefined,
  maxMs: number,
): number {
  if (duration === undefined) return 0;
  const { seconds, nanos } = duration;
  const ms = seconds * 1000 + nanos / 1e6;
  if (seconds < 0 || nanos < 0 || !(ms <= maxMs)) throw invalidField(field, `must be 0 to ${maxMs / 1000} s`);
  return ms;
}

function parseCode(code: InjectedCode): FaultKind {
  switch (code) {
    case InjectedCode.UNSPECIFIED:
    case InjectedCode.UNAVAILABLE:
      return 'unavailable';
    case InjectedCode.INTERNAL:
      return 'internal';
    case InjectedCode.DEADLINE_EXCEEDED:
      return 'deadline_exceeded';
    case InjectedCode.RESOURCE_EXHAUSTED:
      return 'resource_exhausted';
    case InjectedCode.ABORTED:
      return 'aborted';
    case InjectedCode.UNRECOGNIZED:
      throw invalidField('code', 'is not one of InjectedCode');
  }
}

function invalidField(field: string, problem: string): Fault {
  return new Fault('invalid_argument', 'INVALID_FIELD', `${field} ${problem}`, { field });
}
