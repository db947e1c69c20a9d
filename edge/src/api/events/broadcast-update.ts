import { z } from 'zod';
import type { UpdatePublisher } from '../../domain/flight-updates.js';
import { assertMayBroadcast, type Policy } from '../../domain/policy.js';
import type { Rooms } from '../../domain/rooms.js';
import { flightCode } from '../event-data.js';
import { text } from '../fields.js';
import { defineEvent, type SocketEventSpec } from '../socket-event.js';

const STAFF_ONLY = { reason: 'STAFF_ONLY', message: 'Only staff can broadcast updates' };

export function broadcastUpdate(publisher: UpdatePublisher, rooms: Rooms, policy: Policy): SocketEventSpec {
  return defineEvent({
    event: 'broadcast_update',
    operationId: 'broadcastUpdate',
    summary: "Send an update to everybody in a flight's room",
    description: `The answer says that the update is stored; the sender gets it like everybody if it is in the room. ${
      policy === 'strict' ? 'For staff.' : 'For every signed-in user; for staff under the strict policy.'
    }`,
    deadline: 'write',
    data: z.object({
      flight_code: flightCode,
      update: text({ max: 1000, description: 'The news.', example: 'Flight is now boarding' }),
    }),
    missing: 'Flight code or update is missing',
    answer: {
      schema: z.strictObject({ update: z.string() }),
      example: { update: 'Flight is now boarding' },
    },
    refusals: policy === 'strict' ? [STAFF_ONLY] : [],
    async handle({ data, identity, mutationId, call }) {
      assertMayBroadcast(policy, identity);
      const news = { flightCode: data.flight_code, update: data.update };
      const stored = await publisher.publish(news, mutationId, call);
      // It is announced to all edges, but this one knows it already.
      rooms.announce(stored);
      return { data: { update: stored.update } };
    },
  });
}
