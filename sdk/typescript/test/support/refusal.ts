import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.js';

/** What a service's refusal carries beside code and message. */
export interface Refusal {
  readonly code: Code;
  readonly reason?: string;
  readonly metadata?: Record<string, string>;
  readonly retryAfterMs?: number;
  readonly pushBack?: string;
}

/** A refusal as our services send it. */
export function refusal({ code, reason, metadata = {}, retryAfterMs, pushBack }: Refusal): ConnectError {
  const error = new ConnectError('Not now', code);
  if (reason !== undefined) {
    const value = create(ErrorInfoSchema, { reason, domain: 'test', metadata });
    error.details.push({ desc: ErrorInfoSchema, value });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: BigInt(Math.trunc(retryAfterMs / 1000)),
      nanos: (retryAfterMs % 1000) * 1e6,
    };
    error.details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  if (pushBack !== undefined) error.metadata.set('grpc-retry-pushback-ms', pushBack);
  return error;
}

/** A service that is away for a moment. */
export function unavailable(facts: Partial<Refusal> = {}): ConnectError {
  return refusal({ code: Code.Unavailable, reason: 'DATABASE_UNAVAILABLE', ...facts });
}
