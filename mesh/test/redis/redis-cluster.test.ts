import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type OpenRedisCluster, openRedisCluster, until } from '@flight/local';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { RedisConfig } from '../../src/config/process-config.js';
import { createLogger } from '../../src/log.js';
import { closeRedis, openRedis, type RedisClient } from '../../src/redis/open-redis.js';
import { openRedisChannel, type RedisChannel } from '../../src/redis/redis-channel.js';
import { createRedisMetrics } from '../../src/redis/redis-metrics.js';
import { type LoopLag, watchLoopLag } from '../support/loop-lag.js';

const log = createLogger({ service: 'tests', instance: 'tests_1', level: 'silent' });
const KEYS = Array.from({ length: 32 }, (_, i) => `key-${i}`);
/** What a command may take besides the event loop's lag: without the time-out of 100 ms it would be half a second. */
const SOON_MS = 400;

/** What became of a command that was sent again and again. */
interface Outcome {
  readonly key: string;
  readonly ok: boolean;
  /** How long it took, without what the event loop was late. */
  readonly ms: number;
}

describe('Redis Cluster', function () {
  this.timeout(60_000);
  let dataDir: string;
  let cluster: OpenRedisCluster;
  let config: RedisConfig;
  let registry: Registry;
  let client: RedisClient;
  let lag: LoopLag;
  let channels: RedisChannel[] = [];

  before(async () => {
    lag = watchLoopLag();
    dataDir = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
    cluster = await openRedisCluster({ dataDir, password: 'secret' });
    const nodes = cluster.nodes.split(',').map((node) => {
      const [host = '', port] = node.split(':');
      return { host, port: Number(port) };
    });
    config = { nodes, mode: 'cluster', password: 'secret' };
    registry = new Registry();
    client = openRedis(config, { log, metrics: createRedisMetrics(registry), purpose: 'tests' });
    await untilAllServed();
  });
  afterEach(async () => {
    await Promise.all(channels.map((channel) => channel.close()));
    channels = [];
  });
  after(async () => {
    await closeRedis(client);
    await cluster.close();
    await rm(dataDir, { recursive: true });
    lag.stop();
  });

  async function set(key: string): Promise<Outcome> {
    const began = performance.now() - lag.totalMs();
    const ok = await client.set(key, 'value').then(
      () => true,
      () => false,
    );
    return { key, ok, ms: performance.now() - lag.totalMs() - began };
  }

  async function untilAllServed(): Promise<Outcome[]> {
    const all: Outcome[] = [];
    await until('every key to be served', async () => {
      const outcomes = await Promise.all(KEYS.map(set));
      all.push(...outcomes);
      return outcomes.every(({ ok }) => ok);
    });
    return all;
  }

  /** Goes on sending while something is done. */
  async function during(work: () => Promise<unknown>): Promise<Outcome[]> {
    const all: Outcome[] = [];
    let done = false;
    const sending = (async () => {
      while (!done) {
        all.push(...(await Promise.all(KEYS.map(set))));
        await pause(5);
      }
    })();
    await work().finally(() => {
      done = true;
    });
    await sending;
    return all;
  }

  const longest = (outcomes: readonly Outcome[]) => Math.max(...outcomes.map(({ ms }) => ms));

  async function untilDeposed(id: string): Promise<void> {
    await until('another master', async () => {
      const masters = await cluster.masters().catch((): string[] => []);
      return masters.length === 3 && !masters.includes(id);
    });
  }

  function openChannel() {
    const heard: string[] = [];
    const channel = openRedisChannel({
      config,
      name: 'news',
      heard: (message) => heard.push(message),
      log,
    });
    channels.push(channel);
    return { channel, heard };
  }

  it('lets nobody wait when a master is killed, keeps serving the other shards, and serves all again', async () => {
    const killed = await cluster.ownerOf('key-1');
    const owners = new Map<string, string>();
    for (const key of KEYS) owners.set(key, await cluster.ownerOf(key));
    const outcomes = await during(async () => {
      await cluster.kill(killed);
      await untilDeposed(killed);
    });
    const elsewhere = outcomes.filter(({ key }) => owners.get(key) !== killed);
    const there = outcomes.filter(({ key }) => owners.get(key) === killed);
    expect(there.some(({ ok }) => !ok)).to.equal(true);
    // Each time the machine stalls for 100 ms all shards are left alone for half a second.
    expect(elsewhere.filter(({ ok }) => ok).length / elsewhere.length).to.be.above(0.5);
    outcomes.push(...(await untilAllServed()));
    expect(longest(outcomes)).to.be.below(SOON_MS);
    await cluster.start(killed);
    await cluster.untilWhole();
  });

  it('lets nobody wait while a master is frozen, and never asks it again for what another one has', async () => {
    const frozen = await cluster.ownerOf('key-1');
    const outcomes = await during(async () => {
      await cluster.kill(frozen, 'SIGSTOP');
      await untilDeposed(frozen);
      await untilAllServed();
    });
    expect(longest(outcomes)).to.be.below(SOON_MS);
    const written = () =>
      client.set('key-1', 'of the new reign').then(
        () => true,
        () => false,
      );
    await until('the new master to take a value', written);
    await cluster.kill(frozen, 'SIGCONT');
    await until('an answer', async () => {
      const found = await client.get('key-1').catch(() => undefined);
      expect(found).to.be.oneOf([undefined, 'of the new reign']);
      return found !== undefined;
    });
    await cluster.untilWhole();
  });

  it('is heard of again by all who listen to a channel whose master was killed', async () => {
    const [one, other] = [openChannel(), openChannel()];
    await until('both listen', () => one.channel.listening && other.channel.listening);
    const killed = await cluster.ownerOf('{news}');
    await cluster.kill(killed);
    let sent = 0;
    await until('a message after the failover to be heard by both', async () => {
      sent += 1;
      const message = String(sent);
      await one.channel.send(message).catch(() => undefined);
      await pause(20);
      return [one, other].every(({ heard }) => heard.at(-1) === message);
    });
    expect([...one.heard]).to.deep.equal([...new Set(one.heard)].sort((a, b) => Number(a) - Number(b)));
    await cluster.start(killed);
    await cluster.untilWhole();
  });

  it('lets nobody wait when all of it is gone, and is there again when it is back', async () => {
    const outcomes = await during(async () => {
      await Promise.all(cluster.ids.map((id) => cluster.kill(id)));
      await until('the client to know', () => client.status !== 'ready');
    });
    outcomes.push(...(await Promise.all(KEYS.map(set))));
    expect(outcomes.slice(-KEYS.length).filter(({ ok }) => ok)).to.deep.equal([]);
    expect(longest(outcomes)).to.be.below(SOON_MS);
    expect(await registry.metrics()).to.include('redis_connected{client="tests"} 0');
    await Promise.all(cluster.ids.map((id) => cluster.start(id)));
    await untilAllServed();
    const metrics = await registry.metrics();
    expect(metrics).to.include('redis_connected{client="tests"} 1');
    for (const outcome of ['ok', 'failed', 'timeout', 'skipped'])
      expect(metrics).to.include(`redis_command_seconds_count{command="set",outcome="${outcome}"}`);
  });
});
