import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type Closing,
  createClosing,
  createPortChooser,
  type OpenPatroniCluster,
  openConsul,
  openPatroniCluster,
  openRedis,
  openTemporaryFolder,
  type PatroniClusterOptions,
  until,
} from '@flight/local';
import type pg from 'pg';
import { startService } from './service-process.js';

/** Three user-services and an edge on a PostgreSQL of three nodes under Patroni. */
export interface TrioSystem {
  readonly edgeUrl: string;
  readonly consulUrl: string;
  readonly cluster: OpenPatroniCluster;
  /** Stops Consul where it is (SIGSTOP), or lets it go on (SIGCONT). */
  signalConsul(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** The way to the users' database on one of the nodes, past the service. */
  toConfig(pgPort: number): pg.ClientConfig;
}

export type TrioOptions = Pick<PatroniClusterOptions, 'ttlS'>;

export const SCOPE = 'user-db';
const USER_SERVICES = 3;
const OWNER = { name: 'users', user: 'user_service' };
const READY_MS = 60_000;

/** Starts the system for a drill and takes it away afterwards. */
export async function withTrioSystem<T>(
  options: TrioOptions,
  body: (system: TrioSystem) => Promise<T>,
): Promise<T> {
  const closing = createClosing();
  try {
    return await body(await openTrioSystem(options, closing));
  } finally {
    await closing.close();
  }
}

async function openTrioSystem(options: TrioOptions, closing: Closing): Promise<TrioSystem> {
  const { path: folder, close } = await openTemporaryFolder('flight-drill-');
  closing.add(close);
  const consul = await openConsul({ dataDir: join(folder, 'consul'), mode: 'dev' });
  closing.add(consul.close);
  const redis = await openRedis({ dataDir: join(folder, 'redis') });
  closing.add(redis.close);
  const cluster = await openPatroniCluster({ ...options, consulUrl: consul.url, scope: SCOPE });
  closing.add(cluster.close);
  const password = makeSecret();
  await cluster.createDatabase({ ...OWNER, password });

  const around = {
    CONSUL_URL: consul.url,
    REDIS_NODES: redis.nodes,
    SERVICE_SECRET: makeSecret(),
    LOG_LEVEL: 'info',
  };
  const forUsers = {
    ...around,
    GRPC_PORT: '0',
    ADMIN_PORT: '0',
    DATABASE_SERVICE: SCOPE,
    DATABASE_NAME: OWNER.name,
    DATABASE_USER: OWNER.user,
    DATABASE_PASSWORD: password,
    SIGNING_KEY_SECRET: makeSecret(),
  };
  const port = await createPortChooser('random')();
  const places = Array.from({ length: USER_SERVICES }, (_, index) => ({
    service: 'user-service',
    number: index + 1,
    environment: forUsers,
  }));
  const edge = { service: 'edge', number: 1, environment: { ...around, HTTP_PORT: String(port) } };
  for (const place of [...places, edge]) {
    const running = await startService({ ...place, folder });
    closing.add(async () => void (await running.stop()));
  }
  const edgeUrl = `http://127.0.0.1:${port}`;
  await untilKnown(edgeUrl);
  return {
    edgeUrl,
    consulUrl: consul.url,
    cluster,
    signalConsul: (signal) => void process.kill(consul.pid, signal),
    toConfig: (pgPort) => ({
      host: '127.0.0.1',
      port: pgPort,
      database: OWNER.name,
      user: OWNER.user,
      password,
    }),
  };
}

/** The edge knows them all. It calls itself unready without a booking-service, which nobody needs here. */
async function untilKnown(edgeUrl: string): Promise<void> {
  const count = async () => {
    const response = await fetch(`${edgeUrl}/api/discovery/status`);
    const { services } = (await response.json()) as { services: { user_service: readonly unknown[] } };
    return services.user_service.length;
  };
  await until('the user-services', async () => (await count().catch(() => 0)) === USER_SERVICES, READY_MS);
}

function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}
