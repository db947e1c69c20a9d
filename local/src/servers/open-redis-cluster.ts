import { createClosing } from '../closing.js';
import type { RunningProcess } from '../processes/start-process.js';
import { traced } from '../work.js';
import { askRedis } from './ask-redis.js';
import { type PreparedRedisCluster, prepareRedisCluster, type RedisClusterOptions } from './redis-cluster.js';
import { startServer } from './server.js';

/** A Redis Cluster for tests and drills, with the faults that they make. Nodes are named `redis_1` … `redis_6`. */
export interface OpenRedisCluster {
  /** In the form of REDIS_NODES. */
  readonly nodes: string;
  readonly ids: readonly string[];
  /** Sends a signal to a node: SIGKILL (the default) and resolves when it is gone; SIGSTOP and SIGCONT freeze and thaw it. */
  kill(id: string, signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts a node that has ended, on its port, and resolves when it answers. */
  start(id: string): Promise<void>;
  /** The nodes that are masters with slots, as the nodes that answer see it; the dead and the deposed are not among them. */
  masters(): Promise<string[]>;
  /** The master of a key's slot. @throws Error while it has none */
  ownerOf(key: string): Promise<string>;
  /** Resolves when every slot is served and every replica has its copy. All nodes must run. */
  untilWhole(): Promise<void>;
  close(): Promise<void>;
}

const ATTEMPTS = 3;

/**
 * Starts a cluster of three masters and three replicas and waits until it is whole.
 * @throws MissingProgram when there is no Redis; Error when it does not start
 */
export function openRedisCluster(options: RedisClusterOptions): Promise<OpenRedisCluster> {
  return traced('cluster', 'redis', () => openWithAttempts(options));
}

async function openWithAttempts(options: RedisClusterOptions): Promise<OpenRedisCluster> {
  // A port may be taken before its node listens on it: then all is prepared again with others.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openOnce(await prepareRedisCluster(options), options.password);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function openOnce(
  cluster: PreparedRedisCluster,
  password: string | undefined,
): Promise<OpenRedisCluster> {
  const { nodes, servers, form } = cluster;
  const ids = servers.map(({ spec }) => spec.id);
  const running = new Map<string, RunningProcess>();
  const closing = createClosing();
  closing.add(async () => {
    await Promise.all([...running.values()].map((process) => process.stop()));
  });

  function find(id: string) {
    const server = servers.find(({ spec }) => spec.id === id);
    if (server === undefined) throw new Error(`there is no node called ${id}`);
    return server;
  }
  async function start(id: string): Promise<void> {
    if (running.has(id)) throw new Error(`${id} runs already`);
    const process = await startServer(find(id));
    running.set(id, process);
    void process.exited.then(() => running.delete(id));
  }
  /** Asks the running nodes one after the other until one answers. */
  async function askAny(command: string): Promise<string> {
    const errors: unknown[] = [];
    for (const id of running.keys()) {
      try {
        return await askRedis(find(id).address, password, command);
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors, 'no node answers');
  }
  async function listMasters(): Promise<{ id: string; ranges: [number, number][] }[]> {
    const lines = (await askAny('CLUSTER NODES')).trim().split('\n');
    return lines.flatMap((line) => {
      const [, place = '', flags = '', , , , , , ...slots] = line.split(' ');
      const role = flags.split(',');
      if (!role.includes('master') || role.includes('fail') || slots.length === 0) return [];
      const server = servers.find(({ address }) => place.startsWith(`${address}@`));
      return server === undefined ? [] : [{ id: server.spec.id, ranges: slots.map(toRange) }];
    });
  }

  try {
    await Promise.all(ids.map(start));
    await form();
  } catch (error) {
    throw await closing.closeAfter(error);
  }
  return {
    nodes,
    ids,
    kill: async (id, signal = 'SIGKILL') => {
      const process = running.get(id);
      if (process === undefined) throw new Error(`${id} does not run`);
      process.signal(signal);
      if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return;
      await process.exited;
      running.delete(id);
    },
    start,
    masters: async () => (await listMasters()).map(({ id }) => id),
    ownerOf: async (key) => {
      const slot = Number(await askAny(`CLUSTER KEYSLOT ${key}`));
      const owner = (await listMasters()).find(({ ranges }) =>
        ranges.some(([from, to]) => from <= slot && slot <= to),
      );
      if (owner === undefined) throw new Error(`the slot of ${key} has no master`);
      return owner.id;
    },
    untilWhole: () => form(),
    close: closing.close,
  };
}

/** `0-5460`, or one slot alone. */
function toRange(text: string): [number, number] {
  const [from, to = from] = text.split('-').map(Number);
  return [from ?? 0, to ?? 0];
}
