/**
 * How a call failed, in the words of gRPC's status codes.
 *
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export type FaultKind =
  | 'cancelled'
  | 'unknown'
  | 'invalid_argument'
  | 'deadline_exceeded'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'resource_exhausted'
  | 'failed_precondition'
  | 'aborted'
  | 'out_of_range'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'data_loss'
  | 'unauthenticated';

/** Machine-readable details of a fault: the metadata of google.rpc.ErrorInfo. Never secrets, never personal data. */
export type Facts = Readonly<Record<string, string>>;

/** The reasons that the mesh itself fails calls with; services add theirs. */
export type MeshReason =
  /** The call's time was over before it was answered. */
  | 'DEADLINE_EXCEEDED'
  /** The caller went away. */
  | 'CANCELLED'
  /** No instance of the service is known. */
  | 'NO_INSTANCE'
  /** The instance can't be reached, or the connection broke. */
  | 'UNREACHABLE'
  /** The circuit breaker of the instance that was asked for is open. Facts: `instance`. */
  | 'BREAKER_OPEN'
  /** The service has no such method. */
  | 'UNKNOWN_METHOD'
  /** The instance has as many calls as it can bear. The call was not begun. */
  | 'OVERLOADED'
  /** The instance was not started with FAULT_INJECTION=on. */
  | 'FAULT_INJECTION_OFF'
  /** A fault that was injected for a drill. The call was not begun. */
  | 'INJECTED_FAULT'
  /** A field of a request to the mesh's own services is missing or wrong. Facts: `field`. */
  | 'INVALID_FIELD'
  | 'INVALID_PAGE_TOKEN'
  /** The change token was not made by this feed. */
  | 'INVALID_CHANGE_TOKEN'
  /** The change token is of another database than the one that is there now. */
  | 'CHANGE_TOKEN_LOST'
  /** The request is not a message of the method's type. */
  | 'MALFORMED_MESSAGE'
  /** The message is larger than the receiver takes. */
  | 'TOO_LARGE'
  /** The database can't be reached or is changing hands. */
  | 'DATABASE_UNAVAILABLE'
  | 'TOKEN_MISSING'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  /** A defect. What it was is in the log of the process that answered. */
  | 'INTERNAL';

/** What a fault may carry besides its facts. */
export interface FaultOptions {
  /** When a retry may succeed, in milliseconds from now: google.rpc.RetryInfo. */
  readonly retryAfterMs?: number | undefined;
  /** The service that answered, on a fault that came over the wire: the domain of google.rpc.ErrorInfo. */
  readonly domain?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error that crosses boundaries: thrown by domains and stores, carried by gRPC as google.rpc.Status with
 * ErrorInfo, thrown again at the caller. Its message is meant for people and says nothing that they may not know.
 */
export class Fault<R extends string = string> extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  /** Stable, UPPER_SNAKE_CASE: what callers decide by. */
  readonly reason: R;
  readonly facts: Facts;
  readonly retryAfterMs: number | undefined;
  readonly domain: string | undefined;

  constructor(kind: FaultKind, reason: R, message: string, facts: Facts = {}, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.reason = reason;
    this.facts = facts;
    this.retryAfterMs = options.retryAfterMs;
    this.domain = options.domain;
  }
}
