import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import { invalidField } from './invalid-field.js';

/** Who calls, as the token says. */
export interface Identity {
  readonly userId: number;
  readonly roles: readonly string[];
}

/** @throws Fault NOT_OWNER unless the caller is that user, or staff */
export function requireOwnerOrStaff(identity: Identity, userId: number): void {
  if (identity.userId === userId || identity.roles.includes('staff')) return;
  throw new Fault<Reason>('permission_denied', 'NOT_OWNER', 'This belongs to another user');
}

/**
 * @param deed what only staff can do, such as `publish flight updates`
 * @throws Fault STAFF_ONLY unless the caller is staff
 */
export function requireStaff(identity: Identity, deed: string): void {
  if (identity.roles.includes('staff')) return;
  throw new Fault<Reason>('permission_denied', 'STAFF_ONLY', `Only staff can ${deed}`);
}

/** @throws Fault INVALID_FIELD */
export function parseUserId(id: number): number {
  if (id === 0) throw invalidField('user_id', 'User id is missing');
  if (id < 0) throw invalidField('user_id', 'User id must be a positive whole number');
  return id;
}

/** The refusal of a user id that no account has. */
export function userNotFound(userId: number): Fault<Reason> {
  return new Fault('not_found', 'USER_NOT_FOUND', 'User not found', { user_id: String(userId) });
}
