import { prepareConsul } from '../servers/consul-server.js';
import { writeDatabaseDefinitions, writePatroniDefinitions } from '../servers/database-registration.js';
import { findPatroniPrograms } from '../servers/patroni-node.js';
import { prepareRedisCluster } from '../servers/redis-cluster.js';
import {
  type DatabaseHome,
  type InfrastructurePlan,
  type OwnedDatabase,
  type PlanOptions,
  toServerPlace,
} from './infrastructure-plan.js';
import { prepareMonitoring } from './monitoring-part.js';
import { type PreparedPatroniPart, preparePatroniPart } from './patroni-part.js';
import type { Secrets } from './secrets.js';
import { prepareSingleServer } from './small-plan.js';

export interface FullPlanOptions extends PlanOptions {
  /** Databases, by name in Consul, that get one server together instead of a Patroni cluster each. */
  readonly singleDatabases: readonly string[];
  readonly openSecrets: (names: readonly string[]) => Promise<Secrets>;
}

/** Behind the ports of two clusters. */
const SINGLE_PORT = 5442;

/**
 * One Consul, a Patroni cluster for each database that is to outlive its server, one server for the rest, a Redis Cluster of six
 * nodes, Prometheus, and Grafana where there is one.
 * Consul comes first, since Patroni would wait for it in large steps.
 */
export async function planFull(options: FullPlanOptions): Promise<InfrastructurePlan> {
  const { machine, choosePort, databases } = options;
  const isSingle = ({ service, derived }: OwnedDatabase) =>
    derived === true || options.singleDatabases.includes(service);
  const consul = await prepareConsul({
    choosePort,
    ...toServerPlace(options, 'consul'),
    port: await choosePort(8500),
  });
  const clusters: PreparedPatroniPart[] = [];
  const replicated = databases.filter((database) => !isSingle(database));
  const programs = replicated.length > 0 ? await findPatroniPrograms(machine) : undefined;
  for (const [index, database] of replicated.entries())
    if (programs)
      clusters.push(
        await preparePatroniPart({ ...options, consulUrl: consul.url, programs, database, index }),
      );
  const rest = databases.filter(isSingle);
  const single =
    rest.length > 0 ? await prepareSingleServer(options, rest, await choosePort(SINGLE_PORT)) : undefined;
  const redis = await prepareRedisCluster({
    machine,
    choosePort,
    dataDir: options.serverDir,
    logDir: options.logDir,
    password: options.redisPassword,
  });
  const monitoring = await prepareMonitoring(options, consul.url);
  await writeDatabaseDefinitions(consul.configDir, single?.entries ?? []);
  await writePatroniDefinitions(
    consul.configDir,
    clusters.flatMap(({ home }) => home.patroni.nodes),
  );
  return {
    consulUrl: consul.url,
    redis: { mode: 'cluster', nodes: redis.nodes },
    stages: [
      [{ servers: [consul] }],
      [
        ...clusters.map(({ part }) => part),
        ...(single ? [single.part] : []),
        { servers: redis.servers, settle: (signal) => redis.form(signal) },
        monitoring.part,
      ],
    ],
    homes: new Map<string, DatabaseHome>([
      ...clusters.map(({ service, home }) => [service, home] as const),
      ...(single?.homes ?? []),
    ]),
    ...(single && clusters.length === 0 && { postgres: single.facts }),
    pages: monitoring.pages,
  };
}
