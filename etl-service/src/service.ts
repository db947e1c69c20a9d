import {
  createServiceCredential,
  createTokenVerifier,
  type Database,
  type MeshProcess,
  openProcess,
  pause,
  type ServiceCredential,
} from '@flight/mesh';
import { BookingChangeServiceDefinition } from '@flight/proto/booking';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { UserChangeServiceDefinition, UserServiceDefinition } from '@flight/proto/user';
import { createEtlApi } from './api/etl-api.js';
import type { Config } from './config.js';
import type { Reached } from './domain/boundary.js';
import type { RunTools } from './domain/run-work.js';
import { createBookingChangesClient } from './infra/booking-changes-client.js';
import { type Conductor, startConductor } from './infra/conductor.js';
import { createJwksClient } from './infra/jwks-client.js';
import { createPostgresRuns } from './infra/postgres-runs.js';
import { createResumedFeed } from './infra/resumed-feed.js';
import { createRunJournal } from './infra/run-journal.js';
import { createRunLock } from './infra/run-lock.js';
import { createRunMetrics } from './infra/run-metrics.js';
import { createEndTeller, createRunObserver } from './infra/run-observer.js';
import { exportSources } from './infra/source-metrics.js';
import { createUserChangesClient } from './infra/user-changes-client.js';
import { createWarehouse } from './infra/warehouse.js';

/** What the outside world is, and tests replace. */
export interface Seams {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly reached: Reached;
}

/** A running service. */
export interface Service {
  /** Where it serves gRPC, host:port. */
  readonly address: string;
  /** Where its admin port is, if it has one. */
  readonly adminUrl: string | undefined;
  close(): Promise<void>;
}

const SYSTEM: Seams = { now: Date.now, random: Math.random, reached: () => undefined };

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
  const { process, serviceSecret: secret } = config;
  const credential = createServiceCredential({ service: process.service, secret, now: seams.now });
  const keys = createJwksClient(mesh.dial('user-service', UserServiceDefinition));
  const tokens = createTokenVerifier({ ...config.tokens, keys, now: seams.now });
  const migrations = new URL('../../migrations/', import.meta.url);
  const database = await mesh.openDatabase(config.database, migrations);
  const conductor = openConductor(mesh, database, credential, config, seams);
  const runs = createPostgresRuns(database, seams.now);
  const api = createEtlApi({ runs, tokens, credentials: credential, onAsked: conductor.wake });
  return mesh.serve([api], await readDescriptorSet());
}

/** Opened before the server, so it closes after it; it lets go of its run as soon as the process begins to stop. */
function openConductor(
  mesh: MeshProcess,
  database: Database,
  credential: ServiceCredential,
  config: Config,
  { now, random, reached }: Seams,
): Conductor {
  const { log, readiness, stopped } = mesh;
  const { registry } = mesh.metrics;
  const warehouse = createWarehouse({ database, analystRole: config.analystRole, reached, log });
  const metrics = createRunMetrics(registry);
  exportSources({ registry, database, warehouse, now });
  const journal = createRunJournal(database, config.process.instance, now);
  const tools: RunTools = {
    warehouse,
    feeds: openFeeds(mesh, credential, config, random),
    chunkRows: config.chunkRows,
    observer: createRunObserver(metrics, log),
    store: journal.storePart,
    findReconciled: journal.findReconciled,
    reached,
    pause,
    elapsedMs: () => performance.now(),
  };
  const lock = createRunLock(database, log);
  const tellEnd = createEndTeller(metrics, log);
  const { scheduleMs } = config;
  const parts = { journal, lock, tools, metrics, tellEnd, readiness, log, scheduleMs, stopped, now, random };
  const conductor = startConductor(parts);
  mesh.closing.add('runs', conductor.close);
  return conductor;
}

function openFeeds(
  mesh: MeshProcess,
  credential: ServiceCredential,
  { batchRows: batchSize }: Config,
  random: () => number,
): RunTools['feeds'] {
  const { log } = mesh;
  const bookings = mesh.dial('booking-service', BookingChangeServiceDefinition);
  const users = mesh.dial('user-service', UserChangeServiceDefinition);
  const openBookings = createBookingChangesClient({ changes: bookings, credential, batchSize });
  const openUsers = createUserChangesClient({ changes: users, credential, batchSize });
  return {
    'booking-service': createResumedFeed({ source: 'booking-service', open: openBookings, log, random }),
    'user-service': createResumedFeed({ source: 'user-service', open: openUsers, log, random }),
  };
}
