import type { CallLimits } from './call-limits.js';
import type { Flight, FlightPosition, FlightStatus, ListedFlight, NewFlight } from './flight.js';
import type { PageRequest } from './page.js';
import type { Route, RouteListing } from './route.js';

/** Where flights are kept. Each method is atomic. */
export interface Flights {
  find(flightCode: string, call: CallLimits): Promise<Flight | undefined>;
  /** A route's flights by departure, then code, up to one more than the page holds. */
  listOfRoute(
    route: Route,
    page: PageRequest<FlightPosition>,
    call: CallLimits,
  ): Promise<readonly ListedFlight[]>;
  /** A change is stored together with the news of it. Undefined when there is no such flight. */
  setStatus(flightCode: string, status: FlightStatus, call: CallLimits): Promise<Flight | undefined>;
  /** Adds flights if there are none at all; answers how many were added. */
  addFirst(flights: readonly NewFlight[], call: CallLimits): Promise<number>;
}

/** The beginnings of routes, for many readers: answers may be some seconds old. */
export interface RouteListings {
  get(route: Route, call: CallLimits): Promise<RouteListing>;
  /** To be told after a change was stored: whoever asks once this is done, sees the change. Never rejects. */
  invalidate(routes: readonly Route[]): Promise<void>;
}
