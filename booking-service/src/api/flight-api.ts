import {
  implement,
  parsePageToken,
  type ServiceBinding,
  type TokenVerifier,
  toPageToken,
} from '@flight/mesh';
import { FlightServiceDefinition } from '@flight/proto/booking';
import { z } from 'zod';
import { assertMaySetStatus, type Policy } from '../domain/access.js';
import { toRoute } from '../domain/route.js';
import type { Timetable } from '../domain/timetable.js';
import { invalidField, parseCity, parseFlightCode, parsePageSize, parseRequestId } from './fields.js';
import { fromWireFlightStatus, toWireFlight, toWireListedFlight } from './wire.js';

const FLIGHT_POSITION = z.tuple([
  z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/),
  z.string().regex(/^[A-Z0-9]{2,10}$/),
]);

/** flight.booking.v1.FlightService. */
export function createFlightApi(parts: {
  readonly timetable: Timetable;
  readonly tokens: TokenVerifier;
  readonly policy: Policy;
}): ServiceBinding {
  const { timetable, tokens, policy } = parts;
  return implement(FlightServiceDefinition, {
    async searchFlights(request, call) {
      const fromCity = parseCity('from_city', request.fromCity);
      const toCity = parseCity('to_city', request.toCity);
      const route = toRoute({ fromCity, toCity });
      const size = parsePageSize(request.pageSize);
      const scope = ['flights', route.from, route.to];
      const position = parsePageToken(scope, request.pageToken, FLIGHT_POSITION);
      const after = position && { departure: position[0], flightCode: position[1] };
      const { items, next } = await timetable.search(route, { size, after }, call);
      return {
        flights: items.map(toWireListedFlight),
        nextPageToken: next ? toPageToken(scope, [next.departure, next.flightCode]) : '',
      };
    },

    async getFlight(request, call) {
      const flightCode = parseFlightCode(request.flightCode);
      return { flight: toWireFlight(await timetable.get(flightCode, call)) };
    },

    async setFlightStatus(request, call) {
      assertMaySetStatus(await tokens.verify(call.token), policy);
      const status = fromWireFlightStatus(request.status);
      if (status === undefined) throw invalidField('status', 'status is missing or not known');
      parseRequestId(request.requestId);
      const flightCode = parseFlightCode(request.flightCode);
      return { flight: toWireFlight(await timetable.setStatus(flightCode, status, call)) };
    },

    async seedFlights(request, call) {
      parseRequestId(request.requestId);
      return { flightsAdded: await timetable.seed(call) };
    },
  });
}
