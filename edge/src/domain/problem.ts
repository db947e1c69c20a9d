import { Fault, type FaultKind } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import { Refusal } from './refusal.js';

/** What a client is told when it does not get what it asked for. */
export interface Problem {
  readonly status: number;
  /** Stable, UPPER_SNAKE_CASE. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** When a repeat may succeed, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** HTTP status by gRPC status: the rule. */
const STATUS_BY_KIND: Readonly<Record<FaultKind, number>> = {
  invalid_argument: 400,
  failed_precondition: 400,
  out_of_range: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  resource_exhausted: 429,
  cancelled: 499,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
  unknown: 500,
  internal: 500,
  data_loss: 500,
};

interface Override {
  readonly status?: number;
  readonly message?: string;
}

/** The exceptions to the rule, and the texts that the public contract promises word for word. */
const OVERRIDES: Partial<Readonly<Record<Reason, Override>>> = {
  ACCOUNT_EXISTS: { status: 400, message: 'Username or Email already exists' },
  CREDENTIALS_INVALID: { message: 'Invalid username or password' },
  USER_NOT_FOUND: { message: 'User not found' },
  FLIGHT_NOT_FOUND: { message: 'Flight not found' },
  FLIGHT_SOLD_OUT: { status: 409, message: 'Flight is sold out' },
  FLIGHT_CANCELLED: { status: 409, message: 'Flight is cancelled' },
  BOOKING_NOT_FOUND: { message: 'Booking not found' },
  REQUEST_ID_REUSED: { status: 422, message: 'This Idempotency-Key was used before with another body' },
  REQUEST_IN_FLIGHT: { message: 'A request with this Idempotency-Key is still being carried out' },
  TOKEN_MISSING: { message: 'A bearer token is needed. Please sign in.' },
  TOKEN_INVALID: { message: 'The bearer token is not valid. Please sign in again.' },
  TOKEN_EXPIRED: { message: 'The bearer token has expired. Please sign in again.' },
};

/** What is said instead of a service's own words where those are for operators: from 499 up. */
const MESSAGE_BY_STATUS: Readonly<Record<number, string>> = {
  499: 'The request was cancelled',
  501: 'This is not available',
  503: 'The service is temporarily unavailable. Please try again later.',
  504: 'The request took too long. Please try again.',
};

const DEFECT = 'An error occurred. Please try again later.';

/** How long to stay away from what is not available, when nothing better is known. */
const RETRY_AFTER_MS = 1000;

/**
 * The problem that a failure is for the client. Total: whatever is not a Fault or a Refusal is a defect, and what it
 * was stays in the log.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { status, reason, message } = error;
    return { status, reason, message, retryAfterMs: error.retryAfterMs ?? usualRetryAfterMs(status) };
  }
  if (!(error instanceof Fault)) {
    return { status: 500, reason: 'INTERNAL', message: DEFECT, retryAfterMs: undefined };
  }
  const { status, message } = describeFault(error.kind, error.reason);
  return {
    status,
    reason: error.reason,
    message: message ?? error.message,
    retryAfterMs: error.retryAfterMs ?? usualRetryAfterMs(status),
  };
}

/**
 * Status and words of a fault.
 *
 * @returns no message where the service's own is meant for the client
 */
export function describeFault(
  kind: FaultKind,
  reason: string,
): { readonly status: number; readonly message: string | undefined } {
  const override = Object.hasOwn(OVERRIDES, reason) ? OVERRIDES[reason as Reason] : undefined;
  const status = override?.status ?? STATUS_BY_KIND[kind];
  const spoken = status < 499 ? undefined : (MESSAGE_BY_STATUS[status] ?? DEFECT);
  return { status, message: override?.message ?? spoken };
}

function usualRetryAfterMs(status: number): number | undefined {
  return status === 503 || status === 429 ? RETRY_AFTER_MS : undefined;
}
