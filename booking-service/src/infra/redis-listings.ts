import { createHash, randomUUID } from 'node:crypto';
import type { RedisClient } from '@flight/mesh';
import type { Route, RouteListing } from '../domain/route.js';

/** A listing as it lies in Redis. */
export interface StoredListing {
  readonly listing: RouteListing;
  /** Until when it needs no refill, in milliseconds since the epoch. */
  readonly freshUntil: number;
}

/**
 * Listings in Redis, refilled by whoever holds the route's lease. Every method rejects when Redis does not answer.
 *
 * The lease is the one of "Scaling Memcache at Facebook" (NSDI 2013, 3.2.1): a refill is stored only if its lease is
 * still there, and removing a listing removes the lease too. So a refill that read the database before a change can't
 * store its answer after it, and nobody needs to count generations, which a restarted Redis would have forgotten.
 *
 * Listings and leases hold for the reign of the master that took them: a replica that takes over may have missed their
 * removal, so what it inherited counts as nothing (docs/adr/0017-cache-reigns.md).
 */
export interface RedisListings {
  find(route: Route): Promise<StoredListing | undefined>;
  /** The lease, or undefined while somebody holds it. */
  takeLease(route: Route): Promise<string | undefined>;
  /** Stores a listing and gives the lease back; does nothing when the lease was lost. */
  fill(route: Route, lease: string, stored: StoredListing, ttlMs: number): Promise<void>;
  remove(route: Route): Promise<void>;
}

/**
 * The name of the history of changes that a node writes: a new one with every promotion to master and every start.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/replication/#replication-id-explained
 */
const REIGN = `
  local function reign()
    return string.match(redis.call('info', 'replication'), 'master_replid:(%x+)')
  end`;
const FIND = `${REIGN}
  local found = redis.call('hmget', KEYS[1], 'reign', 'listing')
  if found[1] and found[1] == reign() then return found[2] end`;
const TAKE_LEASE = `${REIGN}
  local now = reign()
  local held = redis.call('get', KEYS[1])
  if held and string.sub(held, 1, #now) == now then return 0 end
  redis.call('set', KEYS[1], now .. ARGV[1], 'px', ARGV[2])
  return 1`;
const FILL_IF_LEASED = `${REIGN}
  local now = reign()
  if redis.call('get', KEYS[2]) == now .. ARGV[1] then
    redis.call('hset', KEYS[1], 'reign', now, 'listing', ARGV[2])
    redis.call('pexpire', KEYS[1], ARGV[3])
    redis.call('del', KEYS[2])
  end`;

/** @param leaseMs how long a refill may take, and how long others wait before they try after one failed */
export function createRedisListings(redis: RedisClient, leaseMs: number): RedisListings {
  return {
    async find(route) {
      const text = await redis.eval(FIND, 1, toKeys(route).listing);
      return typeof text === 'string' ? parseStored(text) : undefined;
    },

    async takeLease(route) {
      const lease = randomUUID();
      const taken = await redis.eval(TAKE_LEASE, 1, toKeys(route).lease, lease, leaseMs);
      return taken === 1 ? lease : undefined;
    },

    async fill(route, lease, stored, ttlMs) {
      const keys = toKeys(route);
      const text = JSON.stringify(stored);
      await redis.eval(FILL_IF_LEASED, 2, keys.listing, keys.lease, lease, text, ttlMs);
    },

    async remove(route) {
      const keys = toKeys(route);
      await redis.del(keys.listing, keys.lease);
    },
  };
}

/** What is not of our shape counts as nothing; a refill writes over it. */
function parseStored(text: string): StoredListing | undefined {
  if (!text.startsWith('{"listing":{"flights":[')) return undefined;
  return JSON.parse(text) as StoredListing;
}

/** A text for a route, the same for the same route. */
export function toKey(route: Route): string {
  return JSON.stringify([route.from, route.to]);
}

/** The version changes with the stored shape. The braces keep a route's keys on one node of a Redis Cluster. */
function toKeys(route: Route): { readonly listing: string; readonly lease: string } {
  const tag = createHash('sha256').update(toKey(route)).digest('base64url');
  return { listing: `booking:route:v2:{${tag}}:listing`, lease: `booking:route:v2:{${tag}}:lease` };
}
