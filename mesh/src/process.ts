import { type Admin, openAdmin } from './admin.js';
import { exportBuild } from './build-metrics.js';
import { type Client, dial } from './client/dial.js';
import { type Endpoints, followInstances } from './client/endpoints.js';
import { exportCallsInFlight } from './client/in-flight-metrics.js';
import { type Closing, createClosing } from './closing.js';
import type { CallPolicy, DatabaseConfig, ProcessConfig, RedisConfig } from './config/process-config.js';
import { createConsulAgent, type RegistrationRecord } from './consul/agent.js';
import { exportDiscovery } from './consul/discovery-metrics.js';
import { keepRegistered } from './consul/registration.js';
import { type InstanceSet, watchInstances } from './consul/watch.js';
import { openUnaryLane } from './lane/unary-lane.js';
import { createLogger, type Logger } from './log.js';
import type { ServiceDefinition } from './method.js';
import { createMetrics, type Metrics } from './metrics.js';
import type { Database } from './postgres/database.js';
import { exportDatabases } from './postgres/database-metrics.js';
import type { DatabaseServers } from './postgres/database-servers.js';
import { openDatabase } from './postgres/open-database.js';
import { createReadiness, type Readiness } from './readiness.js';
import { closeRedis, openRedis, type RedisClient } from './redis/open-redis.js';
import { openRedisChannel, type RedisChannel } from './redis/redis-channel.js';
import { createRedisMetrics } from './redis/redis-metrics.js';
import type { ServiceBinding } from './server/implement.js';
import { type Arrivals, linger } from './server/linger.js';
import { openGrpcServer } from './server/server.js';
import { openTracer } from './tracing/open-tracer.js';
import type { Tracer } from './tracing/tracer.js';

/** A process's place in the mesh: everything it opens closes with it, in reverse order. */
export interface MeshProcess {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly readiness: Readiness;
  readonly closing: Closing;
  /** Aborts when the process begins to stop. */
  readonly stopped: AbortSignal;
  /** Where the admin port is, if there is one. */
  readonly adminUrl: string | undefined;
  /** A typed client of a service, whose instances are watched from now on. */
  dial<D extends ServiceDefinition>(service: string, definition: D): Client<D>;
  /** The watched instances of a service. */
  instances(service: string): InstanceSet;
  /** Opens a database, waiting for it as long as it takes, and applies the migrations of a folder. */
  openDatabase(config: DatabaseConfig, migrations?: URL): Promise<Database>;
  openRedis(config: RedisConfig): RedisClient;
  /** Opens a pub/sub channel; `heard` is called with each message and must not throw. */
  openRedisChannel(config: RedisConfig, name: string, heard: (message: string) => void): RedisChannel;
  /**
   * Serves gRPC with health and reflection and registers in Consul. On close: NOT_SERVING, leave Consul, linger until
   * callers heard, finish calls in flight.
   */
  serve(services: readonly ServiceBinding[], descriptors: Buffer): Promise<{ readonly address: string }>;
  /**
   * Registers in Consul a process that answers /readyz and /metrics on an HTTP port of its own. Nothing waits for that:
   * where Consul is away it is tried until it is back.
   */
  register(httpPort: number): void;
  close(): Promise<void>;
}

/** Calls in flight may take this long after the server stopped taking new ones, in milliseconds. */
const DRAIN_MS = 10_000;
const VERSION = '0.1.0';
/** Everything is done for calls unless the configuration says otherwise. */
const ALL: CallPolicy = { retries: true, hedges: true };

/**
 * Opens a process's place in the mesh: its logger, its metrics and its admin port; the rest opens when it is asked
 * for. Until `serve` has registered the process, /readyz says what is still missing.
 *
 * @throws the admin port's listener error, such as EADDRINUSE
 */
export async function openProcess(
  config: ProcessConfig,
  log: Logger = createLogger(toLogConfig(config)),
): Promise<MeshProcess> {
  const metrics = createMetrics(config);
  const readiness = createReadiness();
  const closing = createClosing(log);
  const stop = new AbortController();
  const tracer = await openTracer(config.tracing, { ...config, version: VERSION }, log);
  if (tracer) closing.add('tracer', tracer.close);
  const agent = createConsulAgent(config.consul);
  closing.add('consul', () => agent.close());
  const watches = new Map<string, InstanceSet>();
  const endpoints = new Map<string, Endpoints>();
  const databases = new Set<DatabaseServers>();
  const redisMetrics = createRedisMetrics(metrics.registry);
  const admin = await openAdminPort();

  exportDiscovery(metrics.registry, () => watches.values());
  exportCallsInFlight(metrics.registry, () => endpoints);
  exportDatabases(metrics.registry, () => databases);
  exportBuild(metrics.registry, VERSION);

  async function openAdminPort(): Promise<Admin | undefined> {
    const { host, adminPort: port } = config;
    if (port === undefined) return undefined;
    const opened = await openAdmin({ host, port, registry: metrics.registry, readiness });
    closing.add('admin port', opened.close);
    log.info({ url: opened.url }, 'admin port open');
    return opened;
  }

  function toRecord(port: number, adminPort: number | undefined): RegistrationRecord {
    const { service, instance: id, host } = config;
    const metadata = {
      version: VERSION,
      ...(adminPort !== undefined && { admin_port: String(adminPort) }),
    };
    return { service, instance: { id, host, port, tags: [], metadata } };
  }

  function watch(service: string): InstanceSet {
    let set = watches.get(service);
    if (set === undefined) {
      set = watchInstances(agent, { service, log });
      watches.set(service, set);
      closing.add(`watch of ${service}`, set.close);
    }
    return set;
  }

  function endpointsOf(service: string): Endpoints {
    let found = endpoints.get(service);
    if (found === undefined) {
      found = followInstances(watch(service), { openLane: openUnaryLane, log, metrics });
      endpoints.set(service, found);
      closing.add(`channels to ${service}`, found.close);
    }
    return found;
  }

  return {
    log,
    metrics,
    tracer,
    readiness,
    closing,
    stopped: stop.signal,
    adminUrl: admin?.url,
    instances: (service) => watch(service),
    dial: (service, definition) =>
      dial(definition, {
        service,
        endpoints: endpointsOf(service),
        metrics,
        policy: config.calls ?? ALL,
        tracer,
      }),

    openDatabase(database, migrations) {
      const listed = watch(database.service);
      const options = { config: database, listed, instance: config.instance, log, metrics, tracer };
      const onServers = (servers: DatabaseServers) => {
        databases.add(servers);
        closing.add(database.service, servers.close);
      };
      return openDatabase({ ...options, migrations, readiness, signal: stop.signal, onServers });
    },

    openRedis(redis) {
      const client = openRedis(redis, { log, metrics: redisMetrics });
      closing.add('redis', () => closeRedis(client));
      return client;
    },

    openRedisChannel(redis, name, heard) {
      const channel = openRedisChannel({ config: redis, name, heard, log, metrics: redisMetrics });
      closing.add(`channel ${name}`, channel.close);
      return channel;
    },

    async serve(services, descriptors) {
      const { host, grpcPort, service, lingerMs, callsAtOnce, streamsAtOnce, faultInjection } = config;
      const arrivals: Arrivals = { lastAt: 0 };
      const serving = { domain: service, log, metrics, arrivals, tracer };
      const limits = { callsAtOnce, streamsAtOnce, faultInjection };
      const server = await openGrpcServer({
        host,
        port: grpcPort,
        services,
        descriptors,
        ...limits,
        ...serving,
      });
      closing.add('grpc server', () => server.drain(DRAIN_MS));
      server.setServing(true);
      const record = toRecord(server.port, admin?.port);
      readiness.waitFor('consul', 'the instance is not registered yet');
      const registration = await keepRegistered(agent, record, log, stop.signal);
      readiness.ready('consul');
      closing.add('registration', async () => {
        server.setServing(false);
        await registration.leave();
        await linger(arrivals, lingerMs);
      });
      const address = `${host}:${server.port}`;
      log.info({ address }, 'ready');
      return { address };
    },

    register(httpPort) {
      const record = { ...toRecord(httpPort, httpPort), check: 'readyz' } as const;
      const registration = keepRegistered(agent, record, log, stop.signal);
      closing.add('registration', async () => (await registration).leave());
    },

    async close() {
      log.info('stopping');
      readiness.waitFor('process', 'stopping');
      stop.abort(new Error('the process is stopping'));
      await closing.close();
      log.info('stopped');
      log.flush();
    },
  };
}

function toLogConfig({ service, instance, logLevel }: ProcessConfig) {
  return { service, instance, level: logLevel };
}
