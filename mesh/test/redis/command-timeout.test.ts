import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRedis, openRedis as startRedis, until } from '@flight/local';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { createLogger } from '../../src/log.js';
import { RedisTimeout } from '../../src/redis/command-timeout.js';
import { closeRedis, openRedis, type RedisClient } from '../../src/redis/open-redis.js';
import { createRedisMetrics } from '../../src/redis/redis-metrics.js';

const log = createLogger({ service: 'tests', instance: 'tests_1', level: 'silent' });
/** Far beyond what a command may take. */
const HELD_UP_MS = 300;

describe('the time that a Redis command may take', function () {
  this.timeout(30_000);
  let dataDir: string;
  let redis: OpenRedis;
  let client: RedisClient;
  let other: Redis;
  const registry = new Registry();

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'redis-timeout-'));
    redis = await startRedis({ dataDir });
    const [host = '', port] = redis.nodes.split(':');
    const node = { host, port: Number(port) };
    const metrics = createRedisMetrics(registry);
    client = openRedis({ nodes: [node], mode: 'single', password: undefined }, { log, metrics });
    other = new Redis(node);
    await until('the client to be connected', () => client.status === 'ready');
    await client.set('key', 'value');
  });
  after(async () => {
    await other.quit();
    await closeRedis(client);
    await redis.close();
    await rm(dataDir, { recursive: true });
  });

  it('does not run out while the process itself is held up and the answer is there', async () => {
    const asked = Promise.all(['key', 'key'].map((key) => client.get(key)));
    for (const began = performance.now(); performance.now() - began < HELD_UP_MS; );
    expect(await asked).to.deep.equal(['value', 'value']);
    // Nothing is left alone because of it.
    expect(await client.get('key')).to.equal('value');
  });

  it('runs out while Redis is silent, and is counted so', async () => {
    await other.client('PAUSE', HELD_UP_MS, 'ALL');
    expect(await client.get('key').catch((error: unknown) => error)).to.be.instanceOf(RedisTimeout);
    expect(await registry.metrics()).to.match(/redis_command_seconds_count{[^}]*outcome="timeout"[^}]*} 1\n/);
  });
});
