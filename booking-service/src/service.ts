import {
  createServiceCredential,
  createTokenVerifier,
  type Database,
  type MeshProcess,
  openProcess,
  type ServiceCredential,
} from '@flight/mesh';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { FlightUpdateServiceDefinition, UserServiceDefinition } from '@flight/proto/user';
import { createBookingApi } from './api/booking-api.js';
import { createBookingChangeApi } from './api/booking-change-api.js';
import { createFlightApi } from './api/flight-api.js';
import type { Config } from './config.js';
import type { RouteListings } from './domain/flights.js';
import type { StatusNews } from './domain/status-news.js';
import { createTicketOffice } from './domain/ticket-office.js';
import { createTimetable } from './domain/timetable.js';
import { countBookings } from './infra/counted-bookings.js';
import { createFlightUpdateClient } from './infra/flight-update-client.js';
import { createJwksClient } from './infra/jwks-client.js';
import { exportOrderQueue } from './infra/order-metrics.js';
import { createPostgresBookingChanges } from './infra/postgres-booking-changes.js';
import { createPostgresBookings } from './infra/postgres-bookings.js';
import { createPostgresFlights } from './infra/postgres-flights.js';
import { createRelayMetrics } from './infra/relay-metrics.js';
import { openListings } from './infra/route-listings.js';
import { exportSeats } from './infra/seat-metrics.js';
import { createStatusOutbox } from './infra/status-outbox.js';
import { createStatusRelay } from './infra/status-relay.js';
import { createTurnstiles } from './infra/turnstiles.js';

/** What the outside world is, and tests replace. */
export interface Seams {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A running service. */
export interface Service {
  /** Where it serves gRPC, host:port. */
  readonly address: string;
  /** Where its admin port is, if it has one. */
  readonly adminUrl: string | undefined;
  close(): Promise<void>;
}

const SYSTEM: Seams = { now: Date.now, random: Math.random };

/** Opens everything, waits for what must be there, serves. Nothing stays open when it fails. */
export async function start(config: Config, seams: Seams = SYSTEM): Promise<Service> {
  const mesh = await openProcess(config.process);
  try {
    const { address } = await serve(mesh, config, seams);
    return { address, adminUrl: mesh.adminUrl, close: () => mesh.close() };
  } catch (error) {
    await mesh.close();
    throw error;
  }
}

async function serve(mesh: MeshProcess, config: Config, seams: Seams): Promise<{ readonly address: string }> {
  const keys = createJwksClient(mesh.dial('user-service', UserServiceDefinition));
  const tokens = createTokenVerifier({ ...config.tokens, keys, now: seams.now });
  const migrations = new URL('../../migrations/', import.meta.url);
  const database = await mesh.openDatabase(config.database, migrations);
  const credentials = createServiceCredential({
    service: config.process.service,
    secret: config.serviceSecret,
    now: seams.now,
  });
  const timetable = openTimetable(mesh, database, credentials, config, seams);
  const office = openOffice(mesh, database, config, seams);
  const changes = createPostgresBookingChanges({ database, stopped: mesh.stopped });
  const apis = [
    createFlightApi({ timetable, tokens, policy: config.policy }),
    createBookingApi({ office, tokens }),
    createBookingChangeApi({ changes, tokens, credentials }),
  ];
  return mesh.serve(apis, await readDescriptorSet());
}

function openTimetable(
  mesh: MeshProcess,
  database: Database,
  credential: ServiceCredential,
  config: Config,
  seams: Seams,
) {
  const flights = createPostgresFlights(database, seams.now);
  const redis = mesh.openRedis(config.redis);
  const listings = openListings({ mesh, redis, flights, times: config.cache, ...seams });
  const news = openRelay(mesh, database, listings, credential, seams);
  return createTimetable({ flights, listings, news });
}

/** Opened before the server, so it closes after it: what the last calls changed is told too, if there is time. */
function openRelay(
  mesh: MeshProcess,
  database: Database,
  listings: RouteListings,
  credential: ServiceCredential,
  { now, random }: Seams,
): StatusNews {
  const { log } = mesh;
  const updates = mesh.dial('user-service', FlightUpdateServiceDefinition);
  const publish = createFlightUpdateClient({ updates, credential, log });
  const outbox = createStatusOutbox(database, now);
  const metrics = createRelayMetrics(mesh.metrics.registry);
  const relay = createStatusRelay({ outbox, publish, listings, metrics, log, random });
  mesh.closing.add('status relay', relay.close);
  return relay;
}

function openOffice(mesh: MeshProcess, database: Database, config: Config, seams: Seams) {
  const turnstiles = createTurnstiles(config.orders);
  const { registry } = mesh.metrics;
  exportOrderQueue(registry, turnstiles);
  exportSeats(registry, database);
  const bookings = createPostgresBookings({ database, turnstiles, now: seams.now });
  return createTicketOffice(countBookings(bookings, registry));
}
