import { ErrorInfo, RetryInfo, Status } from '@flight/proto/google-rpc';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault, type FaultKind, type MeshReason } from './fault.js';
import { toBuffer } from './to-buffer.js';

const CODES: Readonly<Record<FaultKind, status>> = {
  cancelled: status.CANCELLED,
  unknown: status.UNKNOWN,
  invalid_argument: status.INVALID_ARGUMENT,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  permission_denied: status.PERMISSION_DENIED,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  failed_precondition: status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  out_of_range: status.OUT_OF_RANGE,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  data_loss: status.DATA_LOSS,
  unauthenticated: status.UNAUTHENTICATED,
};

/** gRPC's number of a kind of fault. */
export function toCode(kind: FaultKind): number {
  return CODES[kind];
}

const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as FaultKind]));

/** Carries a serialized google.rpc.Status beside the plain code and message. */
const DETAILS = 'grpc-status-details-bin';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
/** The same for gRPC's own clients, which know no RetryInfo (gRFC A6, "pushback"): whole milliseconds, below 0 for never. */
const PUSH_BACK = 'grpc-retry-pushback-ms';

/** What of a failed grpc-js call this translation reads. */
export type FailedStatus = Pick<StatusObject, 'code' | 'details'> & {
  readonly metadata?: Metadata | undefined;
};

/**
 * The status that answers a call with a fault: code, message and google.rpc.Status with ErrorInfo and RetryInfo, and
 * with push-back where it is known when a retry may succeed. Where the call would be over by then, that forbids the retry:
 * gRPC's own clients would wait until their deadline, and tell of nothing but that.
 *
 * @param domain who answers, unless the fault came from further down and says so itself
 * @param leftMs how much longer the caller waits, in milliseconds; Infinity for one without a deadline
 */
export function toStatus(fault: Fault, domain: string, leftMs = Number.POSITIVE_INFINITY): StatusObject {
  const code = CODES[fault.kind];
  const info = { reason: fault.reason, domain: fault.domain ?? domain, metadata: { ...fault.facts } };
  const details = [
    { typeUrl: ERROR_INFO, value: toBuffer(ErrorInfo.encode(ErrorInfo.create(info)).finish()) },
  ];
  if (fault.retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: Math.trunc(fault.retryAfterMs / 1000),
      nanos: Math.round((fault.retryAfterMs % 1000) * 1e6),
    };
    details.push({ typeUrl: RETRY_INFO, value: toBuffer(RetryInfo.encode({ retryDelay }).finish()) });
  }
  const metadata = new Metadata();
  if (fault.retryAfterMs !== undefined) {
    const retryAfterMs = Math.ceil(fault.retryAfterMs);
    metadata.set(PUSH_BACK, String(retryAfterMs < leftMs ? retryAfterMs : -1));
  }
  metadata.set(DETAILS, toBuffer(Status.encode({ code, message: fault.message, details }).finish()));
  return { code, details: fault.message, metadata };
}

/**
 * The fault that a failed call is thrown as at its caller. A status that no service of ours made (a broken
 * connection, an expired deadline, a foreign server) gets one of the mesh's own reasons.
 */
export function fromStatus(failed: FailedStatus): Fault {
  const kind = KINDS.get(failed.code) ?? 'unknown';
  const carried = failed.metadata?.get(DETAILS)[0];
  const details = carried instanceof Buffer ? decodeDetails(carried) : undefined;
  if (details?.info === undefined) {
    const [reason, message] = ownWords(kind);
    return new Fault(kind, reason, message, {}, { cause: failed });
  }
  const { reason, metadata, domain } = details.info;
  return new Fault(
    kind,
    reason,
    failed.details,
    { ...metadata },
    { domain, retryAfterMs: details.retryAfterMs },
  );
}

function decodeDetails(bytes: Buffer): { info?: ErrorInfo; retryAfterMs?: number | undefined } {
  const found: { info?: ErrorInfo; retryAfterMs?: number | undefined } = {};
  try {
    for (const detail of Status.decode(bytes).details) {
      if (detail.typeUrl === ERROR_INFO) found.info = ErrorInfo.decode(detail.value);
      if (detail.typeUrl === RETRY_INFO) found.retryAfterMs = toMilliseconds(RetryInfo.decode(detail.value));
    }
  } catch {
    // A foreign server's details that don't decode: the plain code and message still stand.
    return {};
  }
  return found;
}

function toMilliseconds(info: RetryInfo): number | undefined {
  const delay = info.retryDelay;
  return delay && delay.seconds * 1000 + delay.nanos / 1e6;
}

/** grpc-js' own texts name addresses and errors of the network: they stay in the cause, for the log. */
function ownWords(kind: FaultKind): readonly [MeshReason, string] {
  switch (kind) {
    case 'unavailable':
      return ['UNREACHABLE', 'The service is temporarily unavailable'];
    case 'deadline_exceeded':
      return ['DEADLINE_EXCEEDED', 'The request took too long'];
    case 'cancelled':
      return ['CANCELLED', 'The request was cancelled'];
    case 'unimplemented':
      return ['UNKNOWN_METHOD', 'The service has no such method'];
    case 'resource_exhausted':
      return ['TOO_LARGE', 'The message is too large'];
    default:
      return ['INTERNAL', 'An error occurred'];
  }
}
