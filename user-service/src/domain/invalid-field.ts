import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

/** The refusal of a field, named as the contract names it. */
export function invalidField(field: string, message: string): Fault<Reason> {
  return new Fault('invalid_argument', 'INVALID_FIELD', message, { field });
}
