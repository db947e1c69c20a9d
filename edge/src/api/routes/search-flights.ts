import { Fault } from '@flight/mesh/fault';
import { z } from 'zod';
import { FLIGHT_STATUSES, type Flights } from '../../domain/flights.js';
import { pageToken, text } from '../fields.js';
import { linkToNextPage, NEXT_PAGE_HEADERS } from '../next-page.js';
import { answer, defineRoute, type Route } from '../route.js';

const PATH = '/api/flight/search-flights';

const FoundFlight = z.strictObject({
  flightCode: z.string(),
  airline: z.string(),
  departure: z.string().meta({ description: 'Local wall-clock time, `YYYY-MM-DD HH:MM`.' }),
  arrival: z.string().meta({ description: 'Local wall-clock time, `YYYY-MM-DD HH:MM`.' }),
  price: z.int(),
  status: z.enum(FLIGHT_STATUSES),
});

export function searchFlights(flights: Flights): Route {
  return defineRoute({
    method: 'GET',
    path: PATH,
    operationId: 'searchFlights',
    tag: 'Flights',
    summary: 'Search flights between two cities',
    description: 'By departure. Case and outer blanks of the cities do not matter.',
    auth: 'none',
    deadline: 'read',
    query: z.object({
      from: text({ max: 100, description: 'City of departure.', example: 'Chisinau', blankIsMissing: true }),
      to: text({ max: 100, description: 'City of arrival.', example: 'London', blankIsMissing: true }),
      page_token: pageToken,
    }),
    missing: 'Missing from or to',
    answers: {
      200: {
        description: 'The flights.',
        schema: z.strictObject({ flights: z.array(FoundFlight).readonly() }),
        example: {
          flights: [
            {
              flightCode: 'FL001',
              airline: 'WizzAir',
              departure: '2024-10-01 10:00',
              arrival: '2024-10-01 12:00',
              price: 200,
              status: 'On Time',
            },
          ],
        },
        headers: NEXT_PAGE_HEADERS,
      },
    },
    refusals: [{ status: 404, reason: 'NO_FLIGHTS', message: 'No flights found' }],
    async handle({ query: { from, to, page_token = '' }, call }) {
      const { items, nextPageToken } = await flights.search(from, to, page_token, call);
      if (items.length === 0) throw new Fault('not_found', 'NO_FLIGHTS', 'No flights found');
      return answer(200, { flights: items }, linkToNextPage(PATH, { from, to }, nextPageToken));
    },
  });
}
