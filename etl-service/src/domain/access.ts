import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

/** Somebody who is signed in. */
export interface Person {
  readonly userId: number;
  readonly roles: readonly string[];
}

/** Lets nobody but staff see and start runs. */
export function assertStaff({ roles }: Person): void {
  if (roles.includes('staff')) return;
  throw new Fault<Reason>(
    'permission_denied',
    'STAFF_ONLY',
    'Only staff can see and start loads of the warehouse',
  );
}
