import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

/** Whom the system trusts with what: as documented to its users, or stricter. */
export type Policy = 'documented' | 'strict';

/** Somebody who is signed in. */
export interface Person {
  readonly userId: number;
  readonly roles: readonly string[];
}

/** Lets a user's bookings be seen by the user and by staff. */
export function assertMaySeeBookings(person: Person, ownerId: number): void {
  if (person.userId === ownerId || isStaff(person)) return;
  throw new Fault<Reason>('permission_denied', 'NOT_OWNER', 'You can only see your own bookings');
}

/** Lets everybody change a flight's status, under the strict policy staff only. */
export function assertMaySetStatus(person: Person, policy: Policy): void {
  if (policy === 'documented' || isStaff(person)) return;
  throw new Fault<Reason>('permission_denied', 'STAFF_ONLY', 'Only staff can change the status of a flight');
}

/** Lets staff read everybody's bookings as they change; services come with a credential of their own. */
export function assertMayReadChanges(person: Person): void {
  if (isStaff(person)) return;
  throw new Fault<Reason>('permission_denied', 'STAFF_ONLY', 'Only services and staff can read the changes');
}

function isStaff(person: Person): boolean {
  return person.roles.includes('staff');
}
