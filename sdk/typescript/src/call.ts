import type { DescMethod } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { type Failure, failureOf } from './failure.js';
import { FlightError } from './flight-error.js';
import type { Limits } from './until-over.js';

/** One call; its signal aborts when the caller leaves or the client is closed. */
export interface Call extends Limits {
  readonly method: DescMethod;
  readonly requestId: string;
}

/** @throws FlightError CANCELED when nobody waits for the call any more */
export function checkWanted(call: Call): void {
  const { aborted, reason } = call.signal;
  if (!aborted) return;
  const message = reason instanceof Error ? reason.message : 'The caller left';
  throw toFlightError(failureOf(Code.Canceled, message, reason), call);
}

export function toFlightError(failure: Failure, { requestId, method }: Call): FlightError {
  return new FlightError(failure, { requestId, method: `${method.parent.typeName}/${method.name}` });
}
