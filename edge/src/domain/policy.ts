import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

/**
 * Who may do what. `documented` is the public contract as it stands; `strict` is for production, where strangers may
 * not list subscriptions, passengers may not change flights, and nobody may call for failures.
 */
export type Policy = 'documented' | 'strict';

/** Who signed in, as far as a decision needs it. */
export interface Person {
  readonly userId: number;
  readonly roles: readonly string[];
}

/** @throws Fault NOT_OWNER unless the bookings are the person's own, or the person is staff */
export function assertMayListBookings(person: Person, userId: number): void {
  if (person.userId !== userId && !isStaff(person)) {
    throw new Fault<Reason>('permission_denied', 'NOT_OWNER', 'You can only see your own bookings');
  }
}

/**
 * Under the documented policy everybody may list anybody's subscriptions.
 *
 * @throws Fault NOT_OWNER under the strict policy, unless they are the person's own, or the person is staff
 */
export function assertMayListSubscriptions(policy: Policy, person: Person | undefined, userId: number): void {
  if (policy === 'documented') return;
  if (person === undefined || (person.userId !== userId && !isStaff(person))) {
    throw new Fault<Reason>('permission_denied', 'NOT_OWNER', 'You can only see your own subscriptions');
  }
}

/**
 * Under the documented policy every signed-in user may change a flight's status.
 *
 * @throws Fault STAFF_ONLY under the strict policy, unless the person is staff
 */
export function assertMaySetFlightStatus(policy: Policy, person: Person): void {
  if (policy === 'strict' && !isStaff(person)) {
    throw new Fault<Reason>('permission_denied', 'STAFF_ONLY', "Only staff can change a flight's status");
  }
}

/**
 * Under the documented policy every signed-in user may broadcast to a flight's room.
 *
 * @throws Fault STAFF_ONLY under the strict policy, unless the person is staff
 */
export function assertMayBroadcast(policy: Policy, person: Person): void {
  if (policy === 'strict' && !isStaff(person)) {
    throw new Fault<Reason>('permission_denied', 'STAFF_ONLY', 'Only staff can broadcast updates');
  }
}

/** Whether the endpoints that are there for trying things out answer: seeding and simulated failures. */
export function hasTestingEndpoints(policy: Policy): boolean {
  return policy === 'documented';
}

function isStaff(person: Person): boolean {
  return person.roles.includes('staff');
}
