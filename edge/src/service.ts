import {
  createServiceCredential,
  createTokenVerifier,
  type InstanceSet,
  type Logger,
  type MeshProcess,
  openProcess,
} from '@flight/mesh';
import { BookingServiceDefinition, FlightServiceDefinition } from '@flight/proto/booking';
import { FlightUpdateServiceDefinition, UserServiceDefinition } from '@flight/proto/user';
import { createApp } from './api/app.js';
import { type HttpServer, openHttpServer } from './api/http-server.js';
import { createRequestRecords } from './api/request-records.js';
import type { Route } from './api/route.js';
import { createRoutes } from './api/routes.js';
import type { SocketEventSpec } from './api/socket-event.js';
import type { Config } from './config.js';
import type { Call } from './domain/call.js';
import { createSignInGuard } from './domain/sign-in-guard.js';
import { createBookings } from './infra/booking-client.js';
import { createFlights } from './infra/flight-client.js';
import { createUpdatePublisher, createUpdateStore } from './infra/flight-update-client.js';
import { createRequestLimit } from './infra/memory-request-limit.js';
import { createSignInCounters } from './infra/redis-sign-in-counters.js';
import { createSubscriptions } from './infra/subscription-client.js';
import { readSwaggerUi } from './infra/swagger-ui-assets.js';
import { createAccounts, fetchKeys } from './infra/user-client.js';
import { prepareSocketFace } from './socket-face.js';

/** What tests put in place of a process's own. */
export interface Seams {
  readonly log?: Logger;
}

/** A running edge. */
export interface Edge {
  /** Where it is: `http://127.0.0.1:4000`. */
  readonly address: string;
  /** The table that it serves. */
  readonly routes: readonly Route[];
  /** The table of what is said over WebSocket. */
  readonly events: readonly SocketEventSpec[];
  /** Stops in order: not ready, no new connections, finish, close. */
  close(): Promise<void>;
}

const USER_SERVICE = 'user-service';
const BOOKING_SERVICE = 'booking-service';

/** How much longer than the longest deadline requests may take to finish while stopping, in milliseconds. */
const STOP_GRACE_MS = 1000;

/**
 * Starts the edge. It needs none of its backends for that: what they are missing for is answered 503.
 *
 * @throws the listener's error, such as EADDRINUSE
 */
export async function start(config: Config, seams: Seams = {}): Promise<Edge> {
  const mesh = await openProcess(config.process, seams.log);
  try {
    return await serve(mesh, config);
  } catch (error) {
    await mesh.close();
    throw error;
  }
}

async function serve(mesh: MeshProcess, config: Config): Promise<Edge> {
  const { log, metrics, readiness, tracer } = mesh;
  const { registry } = metrics;
  const { verifier, ...backends } = connect(mesh, config);
  const docsAssets = await readSwaggerUi();
  const requestLimit = createRequestLimit(config.requestsPerSecond);
  const { events, openSockets } = prepareSocketFace(mesh, config, backends);
  let http: HttpServer | undefined;

  const routes = createRoutes({
    ...backends,
    policy: config.policy,
    gateway: { port: () => http?.port ?? config.httpPort, uptime: () => process.uptime() },
    operations: {
      missing: () => readiness.missing(),
      metrics: () => registry.metrics(),
      metricsType: registry.contentType,
    },
    docsAssets,
    events,
  });
  const app = createApp({
    routes,
    trustProxy: config.trustProxy,
    records: createRequestRecords({ registry, log, sample: config.accessLogSample }),
    setting: {
      verifier,
      timeLimits: config.timeLimits,
      requestLimit,
      log,
      tracer,
    },
  });
  http = await openHttpServer(app, { host: config.process.host, port: config.httpPort });
  const { close, port } = http;
  // Before the server's own closing, so that it is undone after: whoever stops takes no new connections from the first moment.
  mesh.register(port);
  const graceMs = Math.max(...Object.values(config.timeLimits)) + STOP_GRACE_MS;
  mesh.closing.add('http server', () => close(config.process.lingerMs, graceMs));
  openSockets(http.server, { verifier, requestLimit });
  const address = `http://${config.process.host}:${port}`;
  log.info({ address, policy: config.policy }, 'ready');
  return { address, routes, events, close: () => mesh.close() };
}

/** Everything that the routes ask of others. Nothing is waited for. */
function connect(mesh: MeshProcess, config: Config) {
  const { signInLimits } = config;
  const userService = mesh.dial(USER_SERVICE, UserServiceDefinition);
  const [users, bookings] = [mesh.instances(USER_SERVICE), mesh.instances(BOOKING_SERVICE)];
  awaitInstances(mesh, users);
  awaitInstances(mesh, bookings);
  const credential = createServiceCredential({
    service: config.process.service,
    secret: config.serviceSecret,
  });
  const updates = mesh.dial(USER_SERVICE, FlightUpdateServiceDefinition);
  const signInCounters = createSignInCounters(mesh.openRedis(config.redis), signInLimits, mesh.log);
  return {
    accounts: createAccounts(userService),
    subscriptions: createSubscriptions(userService),
    publisher: createUpdatePublisher(updates),
    store: createUpdateStore(updates, credential, config.timeLimits.read),
    flights: createFlights(mesh.dial(BOOKING_SERVICE, FlightServiceDefinition)),
    bookings: createBookings(mesh.dial(BOOKING_SERVICE, BookingServiceDefinition)),
    discovery: { userServices: () => users.current, bookingServices: () => bookings.current },
    signInGuard: createSignInGuard(signInCounters, signInLimits),
    verifier: createTokenVerifier({ ...config.tokens, keys: () => fetchKeys(userService) }),
    readKeys: (call: Call) => fetchKeys(userService, call),
  };
}

/** An instance that is known stays known when Consul is away, so a balancer is not told to give this edge up. */
function awaitInstances({ readiness }: MeshProcess, instances: InstanceSet): void {
  const { service } = instances;
  const update = () => {
    if (instances.current.length > 0) readiness.ready(service);
    else readiness.waitFor(service, 'no instance is known');
  };
  update();
  instances.onChange(update);
}
