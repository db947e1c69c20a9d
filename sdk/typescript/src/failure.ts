import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { type ErrorInfo, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';

/** Why an attempt at a call failed. */
export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** What the service says of it; undefined when no service answered. */
  readonly info: ErrorInfo | undefined;
  /** When the service asks to come back, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** When a retry may be made, in milliseconds: gRFC A6's trailer, negative for never; undefined when nobody says. */
  readonly pushBackMs: number | undefined;
  readonly cause: unknown;
}

/**
 * What an attempt that grpc-js made, or could not make, failed with.
 *
 * @param wanted whether the caller still waits: a call that is cancelled all the same was cut by its server, which is gone
 */
export function toFailure(cause: unknown, wanted: boolean): Failure {
  if (!isServiceError(cause))
    return failureOf(Code.Unknown, cause instanceof Error ? cause.message : String(cause), cause);
  const code = cause.code as number as Code;
  if (code === Code.Canceled && wanted) return failureOf(Code.Unavailable, 'The call was cut', cause);
  const { info, retryAfterMs } = readDetails(cause.metadata);
  const pushBackMs = readPushBack(cause.metadata) ?? retryAfterMs;
  return { code, message: cause.details, info, retryAfterMs, pushBackMs, cause };
}

/** Whether a stream was reset without a word by its server, or by what stands between, in grpc-js' words. */
export function isReset(cause: unknown): boolean {
  return isServiceError(cause) && cause.details.startsWith('Received RST_STREAM');
}

/** A failure that no service told. */
export function failureOf(code: Code, message: string, cause?: unknown): Failure {
  return { code, message, cause, info: undefined, retryAfterMs: undefined, pushBackMs: undefined };
}

function isServiceError(cause: unknown): cause is ServiceError {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' && 'metadata' in cause;
}

function readDetails(metadata: Metadata): Pick<Failure, 'info' | 'retryAfterMs'> {
  const [carried] = metadata.get('grpc-status-details-bin');
  if (!(carried instanceof Buffer)) return { info: undefined, retryAfterMs: undefined };
  try {
    const { details } = fromBinary(StatusSchema, carried);
    const info = details.map((detail) => anyUnpack(detail, ErrorInfoSchema)).find(isPresent);
    const delay = details.map((detail) => anyUnpack(detail, RetryInfoSchema)).find(isPresent)?.retryDelay;
    return { info, retryAfterMs: delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6 };
  } catch {
    // A foreign server's details that can't be read: the plain code and message still stand.
    return { info: undefined, retryAfterMs: undefined };
  }
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function readPushBack(metadata: Metadata): number | undefined {
  const [trailer] = metadata.get('grpc-retry-pushback-ms');
  if (trailer === undefined) return undefined;
  return /^\d{1,9}$/.test(trailer.toString()) ? Number(trailer) : -1;
}
