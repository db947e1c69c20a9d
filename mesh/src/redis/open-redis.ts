import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config/process-config.js';
import type { Logger } from '../log.js';
import { limitCommands } from './command-timeout.js';
import { guardRedis } from './redis-circuit.js';
import { measureRedis, type RedisMetrics } from './redis-metrics.js';

/** One node or a cluster; commands are the same. Any command may reject: Redis is never needed, only good to have. */
export type RedisClient = Redis | Cluster;

/** What a client is opened with. */
export interface OpenRedisOptions {
  readonly log: Logger;
  /** Without it, nothing is measured. */
  readonly metrics?: RedisMetrics | undefined;
  /** What the client is there for, as a label: one of a few. */
  readonly purpose?: string;
}

/** No command is waited for longer than this, in milliseconds: what Redis answers later is not worth the wait. */
const COMMAND_TIMEOUT_MS = 100;
/**
 * A node that is asked and says nothing for so long loses its connection, in milliseconds. One that was frozen and deposed
 * meanwhile is then not asked again when it wakes up: the others say who took its place.
 */
const SILENCE_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MAX_MS = 500;
/** How often it is asked which node has which slots, and how long one node may take to say so, in milliseconds. */
const SLOTS_EVERY_MS = 1000;
const SLOTS_TIMEOUT_MS = 500;

const OPTIONS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SILENCE_TIMEOUT_MS,
  // While Redis is away commands fail at once instead of queueing up.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: reconnectMs,
} satisfies RedisOptions;

/**
 * A command goes where the slots say, and to where a node says that they moved: three places at most, within its 100 ms.
 * What fails otherwise is not tried again, as whoever asked has another way.
 */
const CLUSTER_OPTIONS = {
  enableOfflineQueue: false,
  maxRedirections: 3,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  clusterRetryStrategy: reconnectMs,
  slotsRefreshInterval: SLOTS_EVERY_MS,
  slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
} satisfies ClusterOptions;

/**
 * Nobody's call waits for a subscription, so it may take its time. It never reconnects: a subscription that was lost unnoticed
 * is worse than a connection that ends.
 */
const SUBSCRIBER_OPTIONS = {
  commandTimeout: CONNECT_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} satisfies RedisOptions;

/** Where a node is. */
export type RedisNode = RedisConfig['nodes'][number];

/** Connects in the background and keeps reconnecting; returns at once. */
export function openRedis(config: RedisConfig, options: OpenRedisOptions): RedisClient {
  const { log, metrics, purpose = 'commands' } = options;
  const client = config.mode === 'cluster' ? openCluster(config) : openNode(config);
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) log.warn({ err: error }, 'Redis is away');
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info('Redis is back');
    away = false;
  });
  limitCommands(client, COMMAND_TIMEOUT_MS);
  guardRedis(client);
  if (metrics !== undefined) measureRedis(client, metrics, purpose);
  return client;
}

/** Ends the connection: politely if it answers, at once if it does not. */
export async function closeRedis(client: RedisClient): Promise<void> {
  try {
    await client.quit();
  } catch {
    // Away already: there is nothing to be polite to.
    client.disconnect();
  }
}

/** Connects to one node, to be subscribed with. Like `openRedis`, except that the connection never comes back. */
export function openSubscriber(config: RedisConfig, node: RedisNode): Redis {
  const client = openNode({ ...config, nodes: [node] }, SUBSCRIBER_OPTIONS);
  // What matters of an error is that the connection ends; unheard, ioredis would print it.
  client.on('error', () => undefined);
  return client;
}

function openNode(
  { nodes, password }: RedisConfig,
  options: typeof OPTIONS | typeof SUBSCRIBER_OPTIONS = OPTIONS,
): Redis {
  const [node] = nodes;
  return new Redis({ ...options, ...node, ...(password !== undefined && { password }) });
}

function openCluster({ nodes, password }: RedisConfig): Cluster {
  const redisOptions = { ...OPTIONS, ...(password !== undefined && { password }) };
  const cluster = new Cluster([...nodes], { redisOptions, ...CLUSTER_OPTIONS });
  // Left alone, a node is connected with the first command for it, and the commands after that fail until it is.
  cluster.on('+node', (node: Redis) => {
    if (node.status === 'wait') node.connect().catch(() => undefined);
  });
  return cluster;
}

function reconnectMs(times: number): number {
  return Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(times, 5));
}
