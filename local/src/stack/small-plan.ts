import { prepareConsul } from '../servers/consul-server.js';
import { createDatabase } from '../servers/create-database.js';
import { writeDatabaseDefinitions } from '../servers/database-registration.js';
import { preparePostgres } from '../servers/postgres-server.js';
import { prepareRedis } from '../servers/redis-server.js';
import {
  type InfrastructurePlan,
  type OwnedDatabase,
  type PlanOptions,
  toServerPlace,
} from './infrastructure-plan.js';

/** One Consul, one PostgreSQL for all databases, one Redis: what tests and a developer need. */
export async function planSmall(options: PlanOptions): Promise<InfrastructurePlan> {
  const { choosePort } = options;
  const ports = {
    consul: await choosePort(8500),
    postgres: await choosePort(5432),
    redis: await choosePort(6379),
  };
  const [single, consul, redis] = await Promise.all([
    prepareSingleServer(options, options.databases, ports.postgres),
    prepareConsul({
      ...toServerPlace(options, 'consul'),
      port: ports.consul,
      choosePort,
      // In memory it elects itself a second and a half sooner.
      mode: options.keepsData ? 'server' : 'dev',
    }),
    prepareRedis({ ...toServerPlace(options, 'redis'), port: ports.redis, password: options.redisPassword }),
  ]);
  await writeDatabaseDefinitions(consul.configDir, single.entries);
  return {
    consulUrl: consul.url,
    redis: { mode: 'single', nodes: redis.nodes },
    stages: [[single.part, { servers: [redis] }, { servers: [consul] }]],
    homes: single.homes,
    postgres: single.facts,
    pages: [],
  };
}

/** One PostgreSQL server that holds these databases, and what the agent has to register for them. */
export async function prepareSingleServer(
  options: PlanOptions,
  databases: readonly OwnedDatabase[],
  port: number,
) {
  const server = await preparePostgres({
    ...toServerPlace(options, 'postgres'),
    port,
    durable: options.durable,
  });
  const { facts } = server;
  const home = { servers: [server.spec.id], findPrimary: async () => facts };
  return {
    facts,
    part: {
      servers: [server],
      settle: async () => {
        for (const database of databases) await createDatabase(facts, database);
      },
    },
    entries: databases.map(({ service }) => ({ service, host: facts.host, port: facts.port })),
    homes: new Map(databases.map(({ service }) => [service, home])),
  };
}
