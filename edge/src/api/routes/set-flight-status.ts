import { z } from 'zod';
import { FLIGHT_STATUSES, type Flights, findFlightStatus } from '../../domain/flights.js';
import { assertMaySetFlightStatus, type Policy } from '../../domain/policy.js';
import { Refusal } from '../../domain/refusal.js';
import { text } from '../fields.js';
import { answer, defineRoute, type Route } from '../route.js';

const NAMES = FLIGHT_STATUSES.join(', ');

export function setFlightStatus(flights: Flights, policy: Policy): Route {
  return defineRoute({
    method: 'PATCH',
    path: '/api/flight/flights/{flight_code}',
    operationId: 'setFlightStatus',
    tag: 'Flights',
    summary: "Change a flight's status",
    description:
      policy === 'strict' ? 'For staff.' : 'For every signed-in user; for staff under the strict policy.',
    auth: 'bearer',
    deadline: 'write',
    params: z.object({
      flight_code: text({ max: 100, description: "The flight's code, in any case.", example: 'FL001' }),
    }),
    body: z.object({
      status: text({ max: 100, description: `One of ${NAMES}, in any case.`, example: 'Boarding' }),
    }),
    missing: 'Missing status',
    answers: {
      200: {
        description: 'The flight has this status now.',
        schema: z.strictObject({
          message: z.literal('Flight status updated'),
          flightCode: z.string(),
          status: z.enum(FLIGHT_STATUSES),
        }),
        example: { message: 'Flight status updated', flightCode: 'FL001', status: 'Boarding' },
      },
    },
    refusals: [
      { status: 404, reason: 'FLIGHT_NOT_FOUND', message: 'Flight not found' },
      ...(policy === 'strict'
        ? [{ status: 403, reason: 'STAFF_ONLY', message: "Only staff can change a flight's status" }]
        : []),
    ],
    async handle({ params, body, identity, mutationId, call }) {
      assertMaySetFlightStatus(policy, identity);
      const status = findFlightStatus(body.status);
      if (status === undefined) throw new Refusal('FIELD_MALFORMED', `status must be one of ${NAMES}`);
      const flight = await flights.setStatus(params.flight_code, status, mutationId, call);
      return answer(200, { message: 'Flight status updated', ...flight });
    },
  });
}
