import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRedis, openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Route, RouteListing } from '../src/domain/route.js';
import { toStored } from '../src/infra/cache-times.js';
import { createRedisListings, type RedisListings } from '../src/infra/redis-listings.js';

const TIMES = { freshMs: 1000, freshEmptyMs: 100, staleMs: 60_000 };
const EMPTY: RouteListing = { flights: [], complete: true };
const ONE: RouteListing = {
  flights: [
    {
      flightCode: 'FL001',
      airline: 'WizzAir',
      departure: '2024-10-01 10:00',
      arrival: '2024-10-01 12:00',
      fromCity: 'Chisinau',
      toCity: 'London',
      price: 200,
      status: 'On Time',
    },
  ],
  complete: true,
};

describe('listings in Redis', function () {
  this.timeout(30_000);
  let bed: TestBed;
  let redis: Redis;
  let listings: RedisListings;
  let routes = 0;

  before(async () => {
    bed = await openTestBed({ redis: true });
    redis = new Redis(`redis://${bed.redisNodes}`);
    listings = createRedisListings(redis, 60_000);
  });
  after(async () => {
    await redis.quit();
    await bed.close();
  });

  /** A route that no other test uses. */
  function someRoute(): Route {
    routes += 1;
    return { from: `from ${routes}`, to: `to ${routes}` };
  }

  const stored = { listing: ONE, freshUntil: 1 };

  async function takeLease(route: Route): Promise<string> {
    return (await listings.takeLease(route)) ?? expect.fail('the lease is taken');
  }

  it('are found as they were stored', async () => {
    const route = someRoute();
    expect(await listings.find(route)).to.equal(undefined);
    await listings.fill(route, await takeLease(route), stored, 60_000);
    expect(await listings.find(route)).to.deep.equal(stored);
    expect(await listings.find(someRoute())).to.equal(undefined);
  });

  it('are refilled by one at a time', async () => {
    const route = someRoute();
    const lease = await takeLease(route);
    expect(await listings.takeLease(route)).to.equal(undefined);
    await listings.fill(route, lease, stored, 60_000);
    await takeLease(route);
  });

  it('are not stored by a refill that began before a change', async () => {
    const route = someRoute();
    const lease = await takeLease(route);
    await listings.remove(route);
    await listings.fill(route, lease, stored, 60_000);
    expect(await listings.find(route)).to.equal(undefined);
  });

  it('are not stored by a refill that lost its lease to another one', async () => {
    const route = someRoute();
    const old = await takeLease(route);
    await listings.remove(route);
    const current = await takeLease(route);
    await listings.fill(route, old, { ...stored, freshUntil: 2 }, 60_000);
    expect(await listings.find(route)).to.equal(undefined);
    await listings.fill(route, current, stored, 60_000);
    expect(await listings.find(route)).to.deep.equal(stored);
  });

  it('are gone when they are removed', async () => {
    const route = someRoute();
    await listings.fill(route, await takeLease(route), stored, 60_000);
    await listings.remove(route);
    expect(await listings.find(route)).to.equal(undefined);
  });

  it('count as missing when they are not of this shape', async () => {
    const route = someRoute();
    await listings.fill(route, await takeLease(route), stored, 60_000);
    const keys = await redis.keys('*:listing');
    await Promise.all(keys.map((key) => redis.hset(key, 'listing', '{"of":"another shape"}')));
    expect(await listings.find(route)).to.equal(undefined);
  });

  it('keep a route’s keys in one slot of a Redis Cluster', async () => {
    await redis.flushall();
    const route = { from: 'a}b', to: '{c' };
    await listings.fill(route, await takeLease(route), stored, 60_000);
    await takeLease(route);
    const tags = (await redis.keys('*')).map((key) => /^[^{}]*\{([^{}]+)\}[^{}]*$/.exec(key)?.[1]);
    expect(tags).to.have.length(2);
    expect(tags[0]).to.be.a('string').and.to.equal(tags[1]);
  });

  it('count as missing at a replica that took over and had not heard of their removal', async () => {
    await redis.flushall();
    await redis.config('SET', 'repl-diskless-sync-delay', '0');
    const [host = '', port = ''] = bed.redisNodes.split(':');
    const folder = await mkdtemp(join(tmpdir(), 'redis-replica-'));
    const node = await openRedis({ dataDir: folder });
    const replica = new Redis(`redis://${node.nodes}`);
    try {
      await replica.replicaof(host, Number(port));
      await until('the replica to follow', async () =>
        /master_link_status:up/.test(await replica.info('replication')),
      );
      const route = someRoute();
      await listings.fill(route, await takeLease(route), stored, 60_000);
      const lease = await takeLease(route);
      await until('the replica to have both', async () => (await replica.dbsize()) === 2);
      await replica.replicaof('NO', 'ONE');
      await listings.remove(route);

      const inherited = createRedisListings(replica, 5000);
      expect(await inherited.find(route)).to.equal(undefined);
      await inherited.fill(route, lease, { ...stored, freshUntil: 2 }, 60_000);
      expect(await inherited.find(route), 'by a refill of the old reign').to.equal(undefined);
      const own = (await inherited.takeLease(route)) ?? expect.fail('the lease of the old reign holds');
      await inherited.fill(route, own, stored, 60_000);
      expect(await inherited.find(route)).to.deep.equal(stored);
    } finally {
      replica.disconnect();
      await node.close();
      await rm(folder, { recursive: true });
    }
  });

  it('last for the time that was set, up to a fifth shorter, and then serve while the database is away', () => {
    for (const random of [0, 0.5, 0.999]) {
      const entry = toStored(ONE, TIMES, 10_000, () => random);
      expect(entry.stored.freshUntil).to.be.within(10_800, 11_000);
      expect(entry.ttlMs).to.equal(entry.stored.freshUntil - 10_000 + 60_000);
    }
  });

  it('without flights last shorter, and not beyond', () => {
    const entry = toStored(EMPTY, TIMES, 10_000, () => 0);
    expect(entry).to.deep.equal({ stored: { listing: EMPTY, freshUntil: 10_100 }, ttlMs: 100 });
  });
});
