import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRedis, openRedis as startRedis, until } from '@flight/local';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { RedisConfig } from '../../src/config/process-config.js';
import { createLogger } from '../../src/log.js';
import { openRedisChannel, type RedisChannel } from '../../src/redis/redis-channel.js';

const log = createLogger({ service: 'tests', instance: 'tests_1', level: 'silent' });

for (const mode of ['single', 'cluster'] as const) {
  describe(`a channel in Redis (${mode})`, function () {
    this.timeout(30_000);
    let dataDir: string;
    let redis: OpenRedis;
    let config: RedisConfig;
    let opened: RedisChannel[] = [];

    before(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'redis-channel-'));
      await start();
    });
    afterEach(async () => {
      await Promise.all(opened.map((channel) => channel.close()));
      opened = [];
    });
    after(async () => {
      await redis.close();
      await rm(dataDir, { recursive: true });
    });

    async function start(port?: number): Promise<void> {
      redis = await startRedis({ dataDir, cluster: mode === 'cluster', ...(port && { port }) });
      const [host = '', number] = redis.nodes.split(':');
      config = { nodes: [{ host, port: Number(number) }], mode, password: undefined };
      if (mode === 'cluster') await takeAllSlots();
    }

    async function takeAllSlots(): Promise<void> {
      const node = new Redis({ ...config.nodes[0] });
      // A node that has been restarted remembers its slots.
      if ((await node.cluster('SLOTS')).length === 0) await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
      await until('the cluster is up', async () => String(await node.cluster('INFO')).includes('state:ok'));
      await node.quit();
    }

    function open(name = 'news') {
      const heard: string[] = [];
      const channel = openRedisChannel({ config, name, heard: (message) => heard.push(message), log });
      opened.push(channel);
      return { channel, heard };
    }

    it('is heard by all who listen to it, the sender too, in order, and by nobody else', async () => {
      const [one, other, stranger] = [open(), open(), open('other news')];
      await until('all listen', () => [one, other, stranger].every(({ channel }) => channel.listening));
      for (const message of ['1', '2', '✈'.repeat(1000)]) await one.channel.send(message);
      await until('all is heard', () => one.heard.length === 3 && other.heard.length === 3);
      expect(other.heard).to.deep.equal(['1', '2', '✈'.repeat(1000)]);
      expect(stranger.heard).to.deep.equal([]);
    });

    it('hears again after Redis was away, and rejects what is sent meanwhile', async () => {
      const one = open();
      const other = open();
      await until('both listen', () => one.channel.listening && other.channel.listening);
      const port = config.nodes[0]?.port;
      await redis.close();
      await until('neither listens', () => !one.channel.listening && !other.channel.listening);
      const began = performance.now();
      expect(await one.channel.send('lost').catch(() => 'rejected')).to.equal('rejected');
      expect(performance.now() - began).to.be.below(2000);

      await start(port);
      await until('both listen', () => one.channel.listening && other.channel.listening);
      await one.channel.send('back');
      await until('it is heard', () => other.heard.includes('back'));
      expect(other.heard).to.deep.equal(['back']);
    });

    it('notices that Redis has fallen silent without closing a connection', async () => {
      const { channel, heard } = open();
      await until('it listens', () => channel.listening);
      process.kill(redis.pid, 'SIGSTOP');
      try {
        await until('the silence is noticed', () => !channel.listening);
      } finally {
        process.kill(redis.pid, 'SIGCONT');
      }
      await until('it listens', () => channel.listening);
      await channel.send('awake');
      await until('it is heard', () => heard.includes('awake'));
    });

    it('settles when there is no Redis, and closes', async () => {
      const nowhere = { ...config, nodes: [{ host: '127.0.0.1', port: 1 }] };
      const channel = openRedisChannel({ config: nowhere, name: 'news', heard: () => undefined, log });
      await channel.settled;
      expect(channel.listening).to.equal(false);
      await channel.close();
    });
  });
}
