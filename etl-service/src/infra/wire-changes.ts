import { Fault } from '@flight/mesh';
import type { Changes } from '../domain/changes.js';

/** Changes of which a source tells only some kinds. */
export function toChanges(some: Partial<Changes>): Changes {
  return { flights: [], bookings: [], users: [], subscriptions: [], flightUpdates: [], ...some };
}

/**
 * A part of a message that the contract says is there.
 *
 * @throws Fault internal when it is not
 */
export function getPart<T>(part: T | undefined, name: string): T {
  if (part === undefined)
    throw new Fault('internal', 'MALFORMED_MESSAGE', `A change came without its ${name}`);
  return part;
}
