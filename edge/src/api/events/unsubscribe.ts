import { z } from 'zod';
import type { Rooms } from '../../domain/rooms.js';
import type { Subscriptions } from '../../domain/subscriptions.js';
import { FLIGHT_CODE_MISSING, FlightOnly } from '../event-data.js';
import { defineEvent, type SocketEventSpec } from '../socket-event.js';

export function unsubscribe(subscriptions: Subscriptions, rooms: Rooms): SocketEventSpec {
  return defineEvent({
    event: 'unsubscribe',
    operationId: 'unsubscribe',
    summary: "Unsubscribe from a flight's updates",
    description:
      "Also takes you out of the flight's room, on all of your sockets here. A repeat is no error.",
    deadline: 'write',
    data: FlightOnly,
    missing: FLIGHT_CODE_MISSING,
    answer: {
      schema: z.strictObject({
        message: z.templateLiteral(['Unsubscribed from flight updates for ', z.string()]),
      }),
      example: { message: 'Unsubscribed from flight updates for FL001' },
    },
    async handle({ data, identity, mutationId, call }) {
      const code = data.flight_code;
      await subscriptions.unsubscribe(code, mutationId, call);
      rooms.removeUser(identity.userId, code);
      const message = `Unsubscribed from flight updates for ${code}` as const;
      return { data: { message } };
    },
  });
}
