import { z } from 'zod';
import { Refusal } from '../../domain/refusal.js';
import type { Rooms } from '../../domain/rooms.js';
import type { Subscriptions } from '../../domain/subscriptions.js';
import { FLIGHT_CODE_MISSING, flightCode } from '../event-data.js';
import { toRoomName } from '../frames.js';
import { defineEvent, type SocketEventSpec } from '../socket-event.js';

const WHOLE = 'must be a whole number from 0 up';

export interface ConnectRoomParts {
  readonly subscriptions: Subscriptions;
  readonly rooms: Rooms;
  /** How many rooms a socket can be in. */
  readonly roomsPerSocket: number;
}

export function connectRoom({ subscriptions, rooms, roomsPerSocket }: ConnectRoomParts): SocketEventSpec {
  return defineEvent({
    event: 'connect-room',
    operationId: 'connectRoom',
    summary: "Connect to a flight's room",
    description:
      "From the answer on, the flight's updates come. With `after` those that came after that one come first. " +
      'Who is in the room already stays as it is.',
    deadline: 'read',
    data: z.object({
      flight_code: flightCode,
      after: z
        .int({ error: () => WHOLE })
        .min(0, WHOLE)
        .optional()
        .meta({ description: 'The `seq` of the last update that you know.', examples: [12] }),
    }),
    missing: FLIGHT_CODE_MISSING,
    answer: {
      schema: z.strictObject({
        message: z.templateLiteral(['Connected to room flight_updates_', z.string(), ' for flight updates.']),
        recovered: z.literal(false).optional().meta({
          description: 'When not all updates after `after` are kept: only those that are will come.',
        }),
      }),
      example: { message: 'Connected to room flight_updates_FL001 for flight updates.' },
    },
    refusals: [
      { reason: 'SUBSCRIPTION_NOT_FOUND', message: 'User 1 is not subscribed to flight FL001.' },
      { reason: 'TOO_MANY_ROOMS', message: new Refusal('TOO_MANY_ROOMS').message },
    ],
    async handle({ data, member, call }) {
      const code = data.flight_code;
      if (member.seats.size >= roomsPerSocket && !member.seats.has(code)) throw new Refusal('TOO_MANY_ROOMS');
      await subscriptions.assertSubscribed(code, call);
      const { recovered, begin } = await rooms.join(member, code, data.after);
      const message = `Connected to room ${toRoomName(code)} for flight updates.` as const;
      return { data: recovered === false ? { message, recovered } : { message }, afterwards: begin };
    },
  });
}
