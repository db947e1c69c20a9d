import { openTestBed, type TestBed } from '@flight/local';
import { createLogger } from '@flight/mesh';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Route } from '../src/domain/route.js';
import { createRedisListings, type RedisListings } from '../src/infra/redis-listings.js';
import { createRemovals, type Removals } from '../src/infra/removals.js';

const ROUTE: Route = { from: 'chisinau', to: 'london' };
const STORED = { listing: { flights: [], complete: true }, freshUntil: 1 };

describe('the removal of a changed listing', function () {
  this.timeout(30_000);
  let bed: TestBed;
  let redis: Redis;
  let listings: RedisListings;
  let stop: AbortController;

  before(async () => {
    bed = await openTestBed({ redis: true });
    redis = new Redis(`redis://${bed.redisNodes}`);
    listings = createRedisListings(redis, 5000);
  });

  after(async () => {
    await redis.quit();
    await bed.close();
  });

  beforeEach(async () => {
    stop = new AbortController();
    const lease = (await listings.takeLease(ROUTE)) ?? expect.fail('the lease is taken');
    await listings.fill(ROUTE, lease, STORED, 60_000);
  });

  afterEach(() => stop.abort());

  /** Removals on a Redis that fails so many times before it answers. */
  function removalsFailing(times: number): Removals {
    let left = times;
    const remove = async (route: Route) => {
      if (left-- > 0) throw new Error('Redis does not answer in time');
      await listings.remove(route);
    };
    return createRemovals({
      stored: { ...listings, remove },
      log: createLogger({ service: 'test', instance: 'test_1', level: 'silent' }),
      stopped: stop.signal,
      onFailure: () => undefined,
    });
  }

  it('is done when the change is answered', async () => {
    const removals = removalsFailing(0);
    await removals.remove([ROUTE]);
    expect(await listings.find(ROUTE)).to.equal(undefined);
    expect(removals.isPending(ROUTE)).to.equal(false);
  });

  it('is waited for when Redis was late, so that no other instance shows what was before the change', async () => {
    const removals = removalsFailing(3);
    await removals.remove([ROUTE]);
    expect(await listings.find(ROUTE)).to.equal(undefined);
    expect(removals.isPending(ROUTE)).to.equal(false);
  });

  it('goes on behind when Redis is gone, and the route is not asked for here', async () => {
    const removals = removalsFailing(Number.POSITIVE_INFINITY);
    const began = Date.now();
    await removals.remove([ROUTE]);
    expect(Date.now() - began).to.be.within(900, 2000);
    expect(removals.isPending(ROUTE)).to.equal(true);
  });
});
