import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config/process-config.js';
import type { Logger } from '../log.js';

/** One node or a cluster; commands are the same. Any command may reject: Redis is never needed, only good to have. */
export type RedisClient = Redis | Cluster;

/** No command is waited for longer than this, in milliseconds: what Redis answers later is not worth the wait. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MAX_MS = 1000;

const OPTIONS = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // While Redis is away commands fail at once instead of queueing up.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: reconnectMs,
} satisfies RedisOptions;

/** What of a node's options, and of a cluster's, a subscriber differs in. */
type NodeOptions = Pick<RedisOptions, 'retryStrategy' | 'commandTimeout'>;
type OwnClusterOptions = Pick<ClusterOptions, 'clusterRetryStrategy' | 'shardedSubscribers'>;

/** Connects in the background and keeps reconnecting; returns at once. */
export function openRedis(config: RedisConfig, log: Logger): RedisClient {
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

/**
 * Connects once, to be subscribed with. It never reconnects: a subscription that was lost unnoticed is worse than a
 * connection that ends.
 */
export function openSubscriber(config: RedisConfig): RedisClient {
  const never = () => null;
  // Nobody's call waits for a subscription, so it may take its time.
  const commandTimeout = CONNECT_TIMEOUT_MS;
  const client =
    config.mode === 'cluster'
      ? openCluster(config, commandTimeout, { clusterRetryStrategy: never, shardedSubscribers: true })
      : openNode(config, { commandTimeout, retryStrategy: never });
  // What matters of an error is that the connection ends; unheard, ioredis would print it.
  client.on('error', () => undefined);
  return client;
}

function openNode({ nodes, password }: RedisConfig, options: NodeOptions = {}): Redis {
  const [node] = nodes;
  return new Redis({ ...OPTIONS, ...options, ...node, ...(password !== undefined && { password }) });
}

function openCluster(
  { nodes, password }: RedisConfig,
  commandTimeout = COMMAND_TIMEOUT_MS,
  options: OwnClusterOptions = {},
): Cluster {
  return new Cluster([...nodes], {
    redisOptions: { ...OPTIONS, commandTimeout, ...(password !== undefined && { password }) },
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectMs,
    ...options,
  });
}

function reconnectMs(times: number): number {
  return Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(times, 5));
}
