import { z } from 'zod';
import type { Subscriptions } from '../../domain/subscriptions.js';
import { FLIGHT_CODE_MISSING, FlightOnly } from '../event-data.js';
import { defineEvent, type SocketEventSpec } from '../socket-event.js';

const Subscribed = z.templateLiteral(['Subscribed to flight updates for ', z.string()]);
const AlreadySubscribed = z.templateLiteral(['Already subscribed to flight updates for ', z.string()]);

export function subscribe(subscriptions: Subscriptions): SocketEventSpec {
  return defineEvent({
    event: 'subscribe',
    operationId: 'subscribe',
    summary: "Subscribe to a flight's updates",
    description: 'The subscription is stored: it outlives the socket. Only who is subscribed may connect.',
    deadline: 'write',
    data: FlightOnly,
    missing: FLIGHT_CODE_MISSING,
    answer: {
      schema: z.strictObject({ message: z.union([Subscribed, AlreadySubscribed]) }),
      example: { message: 'Subscribed to flight updates for FL001' },
    },
    async handle({ data, mutationId, call }) {
      const code = data.flight_code;
      const already = await subscriptions.subscribe(code, mutationId, call);
      const done = already ? 'Already subscribed' : 'Subscribed';
      return { data: { message: `${done} to flight updates for ${code}` as const } };
    },
  });
}
