import type { UpdatePublisher } from '../domain/flight-updates.js';
import type { Policy } from '../domain/policy.js';
import type { Rooms } from '../domain/rooms.js';
import type { Subscriptions } from '../domain/subscriptions.js';
import { broadcastUpdate } from './events/broadcast-update.js';
import { connectRoom } from './events/connect-room.js';
import { disconnectRoom } from './events/disconnect-room.js';
import { subscribe } from './events/subscribe.js';
import { unsubscribe } from './events/unsubscribe.js';
import type { SocketEventSpec } from './socket-event.js';

/** What the events work with. */
export interface EventParts {
  readonly policy: Policy;
  readonly subscriptions: Subscriptions;
  readonly publisher: UpdatePublisher;
  readonly rooms: Rooms;
  /** How many rooms a socket can be in. */
  readonly roomsPerSocket: number;
}

/** The table of the whole WebSocket face. */
export function createEvents(parts: EventParts): readonly SocketEventSpec[] {
  const { policy, subscriptions, publisher, rooms } = parts;
  return [
    subscribe(subscriptions),
    connectRoom(parts),
    unsubscribe(subscriptions, rooms),
    disconnectRoom(rooms),
    broadcastUpdate(publisher, rooms, policy),
  ];
}
