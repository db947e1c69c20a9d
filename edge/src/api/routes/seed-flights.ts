import { z } from 'zod';
import type { Flights } from '../../domain/flights.js';
import { answer, defineRoute, type Route } from '../route.js';

const ADDED = 'Default flight data added.';
const THERE = 'Flight data already exists.';

/** Two addresses: the documented one, and the one that the booking service's own prefix suggests. */
export function seedFlights(flights: Flights): readonly Route[] {
  return [
    seedAt('/seed', 'seedFlights', flights),
    seedAt('/api/flight/seed', 'seedFlightsByPrefix', flights),
  ];
}

function seedAt(path: string, operationId: string, flights: Flights): Route {
  return defineRoute({
    method: 'GET',
    path,
    operationId,
    tag: 'Testing',
    summary: 'Load the default flights if there are none',
    description: 'Does not exist under the strict policy.',
    auth: 'none',
    deadline: 'write',
    answers: {
      200: {
        description: 'There were flights; nothing was changed.',
        schema: z.strictObject({ message: z.literal(THERE) }),
        example: { message: THERE },
      },
      201: {
        description: 'The default flights were added.',
        schema: z.strictObject({ message: z.literal(ADDED) }),
        example: { message: ADDED },
      },
    },
    async handle({ mutationId, call }) {
      const added = await flights.seed(mutationId, call);
      return added > 0 ? answer(201, { message: ADDED }) : answer(200, { message: THERE });
    },
  });
}
