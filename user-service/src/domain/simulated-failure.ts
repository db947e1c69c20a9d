import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

/** The failure that was asked for, to try out what callers do then. */
export function simulatedFailure(): Fault<Reason> {
  return new Fault('internal', 'SIMULATED_FAILURE', 'An error occurred. Please try again later.');
}
