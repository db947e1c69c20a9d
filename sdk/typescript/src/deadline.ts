import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { deadline_ms } from '../gen/flight/type/v1/deadline_pb.js';

/**
 * When a call is over, in milliseconds since the epoch: after its caller's time-out, else after the one that the contract gives
 * the method. Infinity for a stream whose caller does not say.
 */
export function toDeadline(method: DescMethod, timeoutMs: number | undefined, now = Date.now()): number {
  if (timeoutMs !== undefined) return now + timeoutMs;
  return hasOption(method, deadline_ms) ? now + getOption(method, deadline_ms) : Number.POSITIVE_INFINITY;
}
