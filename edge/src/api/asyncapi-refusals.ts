import { describeFault } from '../domain/problem.js';
import { describeRefusal, type RefusalReason } from '../domain/refusal.js';
import type { EventRefusal, SocketEventSpec } from './socket-event.js';

const FROM_THE_EDGE: readonly RefusalReason[] = [
  'FRAME_MALFORMED',
  'EVENT_UNKNOWN',
  'FIELD_MALFORMED',
  'TOO_MANY_EVENTS',
  'EVENTS_WAITING',
];

/** How any event may be refused. */
export const SHARED_REFUSALS: readonly EventRefusal[] = [
  ...FROM_THE_EDGE.map((reason) => ({ reason, message: describeRefusal(reason).message })),
  toRefusal('unavailable', 'NO_INSTANCE'),
  toRefusal('deadline_exceeded', 'DEADLINE_EXCEEDED'),
  toRefusal('internal', 'INTERNAL'),
];

/** How an event may be refused besides. */
export function listEventRefusals({ missing, refusals = [] }: SocketEventSpec): readonly EventRefusal[] {
  return [
    { reason: 'FIELD_MISSING', message: missing },
    { reason: 'FIELD_MALFORMED', message: 'Flight code is invalid' },
    ...refusals,
  ];
}

function toRefusal(kind: Parameters<typeof describeFault>[0], reason: string): EventRefusal {
  return { reason, message: describeFault(kind, reason).message ?? '' };
}
