import type { Client } from '@flight/mesh';
import type { Flight, FlightServiceDefinition } from '@flight/proto/booking';
import type { Flights, FoundFlight } from '../domain/flights.js';
import { toCallOptions } from './call-options.js';
import { collectPages, PAGE_SIZE } from './collect-pages.js';
import { fromFlightStatus, toWireStatus } from './flight-status.js';

/** The flights that the booking service keeps. */
export function createFlights(service: Client<FlightServiceDefinition>): Flights {
  return {
    search(fromCity, toCity, start, call) {
      return collectPages(start, async (pageToken) => {
        const request = { fromCity, toCity, pageSize: PAGE_SIZE, pageToken };
        const { flights, nextPageToken } = await service.searchFlights(request, toCallOptions(call));
        return { items: flights.map(toFoundFlight), nextPageToken };
      });
    },

    async setStatus(flightCode, status, mutationId, call) {
      const request = { flightCode, status: toWireStatus(status), requestId: mutationId };
      const { flight } = await service.setFlightStatus(request, toCallOptions(call));
      if (flight === undefined) throw new Error('the booking service answered a change without a flight');
      return { flightCode: flight.flightCode, status: fromFlightStatus(flight.status) };
    },

    async seed(mutationId, call) {
      const { flightsAdded } = await service.seedFlights({ requestId: mutationId }, toCallOptions(call));
      return flightsAdded;
    },
  };
}

function toFoundFlight({ flightCode, airline, departure, arrival, price, status }: Flight): FoundFlight {
  return { flightCode, airline, departure, arrival, price, status: fromFlightStatus(status) };
}
