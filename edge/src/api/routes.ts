import type { Accounts, KeySet } from '../domain/accounts.js';
import type { Bookings } from '../domain/bookings.js';
import type { Call } from '../domain/call.js';
import type { Flights } from '../domain/flights.js';
import type { Discovery } from '../domain/instances.js';
import { hasTestingEndpoints, type Policy } from '../domain/policy.js';
import type { SignInGuard } from '../domain/sign-in-guard.js';
import { createAsyncApi } from './asyncapi.js';
import { toAsyncApiPage } from './asyncapi-page.js';
import { createOpenApi } from './openapi.js';
import type { Route } from './route.js';
import { asyncApiDocument } from './routes/asyncapi-document.js';
import { bookFlight } from './routes/book-flight.js';
import { cancelBooking } from './routes/cancel-booking.js';
import { type DocsAssets, docs } from './routes/docs.js';
import { liveness, metricsRoute, type Operations, readinessRoute } from './routes/health.js';
import { jsonWebKeys } from './routes/json-web-keys.js';
import { listBookings } from './routes/list-bookings.js';
import { listSubscriptions } from './routes/list-subscriptions.js';
import { login } from './routes/login.js';
import { openApiDocument } from './routes/openapi-document.js';
import { register } from './routes/register.js';
import { searchFlights } from './routes/search-flights.js';
import { seedFlights } from './routes/seed-flights.js';
import { setFlightStatus } from './routes/set-flight-status.js';
import { simulateFailure } from './routes/simulate-failure.js';
import { discoveryStatus, type Gateway, gatewayStatus } from './routes/status.js';
import type { SocketEventSpec } from './socket-event.js';

/** What the routes work with. */
export interface RouteParts {
  readonly policy: Policy;
  readonly accounts: Accounts;
  readonly flights: Flights;
  readonly bookings: Bookings;
  readonly discovery: Discovery;
  readonly signInGuard: SignInGuard;
  readonly readKeys: (call: Call) => Promise<KeySet>;
  readonly gateway: Gateway;
  readonly operations: Operations;
  readonly docsAssets: DocsAssets;
  readonly events: readonly SocketEventSpec[];
}

/** The table of the whole HTTP face, the busiest first, as Express looks from the top. */
export function createRoutes(parts: RouteParts): readonly Route[] {
  const { policy, accounts, flights, bookings, discovery, operations } = parts;
  const testing = hasTestingEndpoints(policy)
    ? [simulateFailure(accounts, discovery), ...seedFlights(flights)]
    : [];
  const readAsyncApi = () => createAsyncApi(parts.events, `localhost:${parts.gateway.port()}`);
  const routes: readonly Route[] = [
    searchFlights(flights),
    bookFlight(bookings),
    listBookings(bookings),
    cancelBooking(bookings),
    login(accounts, parts.signInGuard),
    register(accounts),
    listSubscriptions(accounts, policy),
    setFlightStatus(flights, policy),
    discoveryStatus(discovery),
    gatewayStatus(parts.gateway),
    ...testing,
    jsonWebKeys(parts.readKeys),
    liveness(),
    readinessRoute(operations),
    metricsRoute(operations),
    openApiDocument(() => document),
    asyncApiDocument(readAsyncApi),
    ...docs(parts.docsAssets, () => toAsyncApiPage(readAsyncApi())),
  ];
  const document = createOpenApi(routes);
  return routes;
}
