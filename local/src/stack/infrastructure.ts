import { join } from 'node:path';
import type { Machine } from '../machine.js';
import type { PortChooser } from '../processes/free-port.js';
import { type Supervised, type SupervisorOptions, supervise } from '../processes/supervise.js';
import { prepareConsul } from '../servers/consul-server.js';
import { createDatabase } from '../servers/create-database.js';
import { writeDatabaseDefinitions } from '../servers/database-registration.js';
import { type PostgresFacts, preparePostgres } from '../servers/postgres-server.js';
import { prepareRedis } from '../servers/redis-server.js';
import { type PreparedServer, START_TIMEOUT_MS } from '../servers/server.js';
import { waitUntil } from '../wait-until.js';
import type { DatabaseDescription } from './services.js';

export type InfrastructureName = 'consul' | 'postgres' | 'redis';

/** A database of the stack with its owner's password. */
export interface StackDatabase extends DatabaseDescription {
  readonly password: string;
}

export interface InfrastructureOptions {
  readonly machine: Machine;
  readonly dataDir: string;
  readonly choosePort: PortChooser;
  readonly durable: boolean;
  readonly redisPassword: string;
  readonly databases: readonly StackDatabase[];
  readonly supervisor: SupervisorOptions;
  readonly signal: AbortSignal;
}

/** One supervised server and how to ask whether it answers. */
export interface InfrastructureServer {
  readonly prepared: PreparedServer;
  readonly supervised: Supervised;
}

export interface Infrastructure {
  readonly consulUrl: string;
  readonly redisNodes: string;
  readonly postgres: PostgresFacts;
  readonly servers: Readonly<Record<InfrastructureName, InfrastructureServer>>;
  /** Starts all three at once and creates the databases; says each as it answers. */
  start(): Promise<void>;
  /** Starts one that was stopped and waits until it answers. */
  startOne(name: InfrastructureName): Promise<void>;
  close(): Promise<void>;
}

/** Finds or fetches the three servers and prepares their folders; `start` starts them. */
export async function prepareInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { machine, dataDir, choosePort, supervisor, signal } = options;
  const ports = {
    consul: await choosePort(8500),
    postgres: await choosePort(5432),
    redis: await choosePort(6379),
  };
  const place = (name: InfrastructureName) => ({
    machine,
    dataDir: join(dataDir, name),
    port: ports[name],
    logFile: join(dataDir, 'logs', `${name}.log`),
  });
  const [postgres, consul, redis] = await Promise.all([
    preparePostgres({ ...place('postgres'), durable: options.durable }),
    prepareConsul(place('consul')),
    prepareRedis({ ...place('redis'), password: options.redisPassword }),
  ]);
  await writeDatabaseDefinitions(
    consul.configDir,
    options.databases.map(({ service }) => ({
      service,
      host: postgres.facts.host,
      port: postgres.facts.port,
    })),
  );
  const watch = (prepared: PreparedServer): InfrastructureServer => ({
    prepared,
    supervised: supervise(prepared.spec, supervisor),
  });
  const servers = { consul: watch(consul), postgres: watch(postgres), redis: watch(redis) };

  const startOne = async (name: InfrastructureName) => {
    const { prepared, supervised } = servers[name];
    await supervised.start();
    const what = `${prepared.title} on ${prepared.address}`;
    await waitUntil(() => prepared.findObstacle(), { what, timeoutMs: START_TIMEOUT_MS, signal });
    supervisor.report(`${prepared.title} answers on ${prepared.address}`);
  };

  return {
    consulUrl: consul.url,
    redisNodes: redis.nodes,
    postgres: postgres.facts,
    servers,
    startOne,
    start: async () => {
      await Promise.all([startOne('postgres'), startOne('redis'), startOne('consul')]);
      for (const database of options.databases) await createDatabase(postgres.facts, database);
    },
    close: async () => {
      await Promise.all(Object.values(servers).map(({ supervised }) => supervised.stop()));
    },
  };
}
