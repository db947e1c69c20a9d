import type { Code } from '@connectrpc/connect';
import type { ErrorReason } from '../gen/flight/type/v1/error_reason_pb.js';
import type { Failure } from './failure.js';

/** Why a call was refused: a name of the catalogue `flight.type.v1.ErrorReason` without its prefix. */
export type Reason = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED'>;

/** A call that failed. Match on `reason`, or on `code` where there is none; the message is for people and may change. */
export class FlightError extends Error {
  override readonly name = 'FlightError';
  /** gRPC's code. */
  readonly code: Code;
  /**
   * Why the service refused. Undefined when no service did: a connection was lost, a deadline passed. A newer service may give
   * a reason that this type does not list.
   */
  readonly reason: Reason | undefined;
  /** What goes along with the reason, such as `{ flight_code: 'FL001' }`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the service asks to come back, in milliseconds from now; undefined when it does not say. */
  readonly retryAfterMs: number | undefined;
  /** Names the call in the services' logs (`x-request-id`). */
  readonly requestId: string;
  /** The method's full name, such as `flight.booking.v1.BookingService/BookFlight`. */
  readonly method: string;

  constructor(
    { code, message, info, retryAfterMs, cause }: Failure,
    call: { readonly requestId: string; readonly method: string },
  ) {
    super(message, { cause });
    this.code = code;
    this.reason = info?.reason as Reason | undefined;
    this.metadata = info?.metadata ?? {};
    this.retryAfterMs = retryAfterMs;
    this.requestId = call.requestId;
    this.method = call.method;
  }
}
