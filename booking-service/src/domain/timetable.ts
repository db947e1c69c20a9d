import type { CallLimits } from './call-limits.js';
import { DEFAULT_FLIGHTS } from './default-flights.js';
import {
  type Flight,
  type FlightPosition,
  type FlightStatus,
  isBehind,
  type ListedFlight,
} from './flight.js';
import { flightNotFound } from './flight-faults.js';
import type { Flights, RouteListings } from './flights.js';
import { cutPage, type Page, type PageRequest } from './page.js';
import { type Route, toRoute } from './route.js';
import type { StatusNews } from './status-news.js';

/** Knows which flights there are. */
export interface Timetable {
  search(route: Route, page: PageRequest<FlightPosition>, call: CallLimits): Promise<FlightPage>;
  get(flightCode: string, call: CallLimits): Promise<Flight>;
  setStatus(flightCode: string, status: FlightStatus, call: CallLimits): Promise<Flight>;
  /** Adds the default flights if there are none at all; answers how many were added. */
  seed(call: CallLimits): Promise<number>;
}

export type FlightPage = Page<ListedFlight, FlightPosition>;

export function createTimetable(parts: {
  readonly flights: Flights;
  readonly listings: RouteListings;
  readonly news: StatusNews;
}): Timetable {
  const { flights, listings, news } = parts;
  return {
    async search(route, page, call) {
      const listing = await listings.get(route, call);
      const { after } = page;
      const rest =
        after === undefined ? listing.flights : listing.flights.filter((flight) => isBehind(flight, after));
      // Only the beginning of a very long route is listed: what lies behind it comes straight from the store.
      const enough = listing.complete || rest.length > page.size;
      return cutPage(enough ? rest : await flights.listOfRoute(route, page, call), page.size, toPosition);
    },

    async get(flightCode, call) {
      const flight = await flights.find(flightCode, call);
      if (flight === undefined) throw flightNotFound(flightCode);
      return flight;
    },

    async setStatus(flightCode, status, call) {
      const flight = await flights.setStatus(flightCode, status, call);
      if (flight === undefined) throw flightNotFound(flightCode);
      news.wake();
      // Also when nothing changed: the call may be the repeat of one that died before it came to this line.
      await listings.invalidate([toRoute(flight)]);
      return flight;
    },

    async seed(call) {
      const added = await flights.addFirst(DEFAULT_FLIGHTS, call);
      if (added > 0) await listings.invalidate(DEFAULT_FLIGHTS.map(toRoute));
      return added;
    },
  };
}

function toPosition(flight: ListedFlight): FlightPosition {
  return { departure: flight.departure, flightCode: flight.flightCode };
}
