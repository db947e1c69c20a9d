import { z } from 'zod';
import type { Rooms } from '../../domain/rooms.js';
import { FLIGHT_CODE_MISSING, FlightOnly } from '../event-data.js';
import { toRoomName } from '../frames.js';
import { defineEvent, type SocketEventSpec } from '../socket-event.js';

export function disconnectRoom(rooms: Rooms): SocketEventSpec {
  return defineEvent({
    event: 'disconnect-room',
    operationId: 'disconnectRoom',
    summary: "Disconnect from a flight's room",
    description: 'The subscription stays. Who is not in the room is answered the same.',
    deadline: 'read',
    data: FlightOnly,
    missing: FLIGHT_CODE_MISSING,
    answer: {
      schema: z.strictObject({
        message: z.templateLiteral(['Disconnected from room flight_updates_', z.string(), '.']),
      }),
      example: { message: 'Disconnected from room flight_updates_FL001.' },
    },
    async handle({ data, member }) {
      rooms.leave(member, data.flight_code);
      const message = `Disconnected from room ${toRoomName(data.flight_code)}.` as const;
      return { data: { message } };
    },
  });
}
