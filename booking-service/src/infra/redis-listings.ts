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
 */
export interface RedisListings {
  find(route: Route): Promise<StoredListing | undefined>;
  /** The lease, or undefined while somebody holds it. */
  takeLease(route: Route): Promise<string | undefined>;
  /** Stores a listing and gives the lease back; does nothing when the lease was lost. */
  fill(route: Route, lease: string, stored: StoredListing, ttlMs: number): Promise<void>;
  remove(route: Route): Promise<void>;
}

const FILL_IF_LEASED = `
  if redis.call('get', KEYS[2]) == ARGV[1] then
    redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
    redis.call('del', KEYS[2])
  end`;

/** @param leaseMs how long a refill may take, and how long others wait before they try after one failed */
export function createRedisListings(redis: RedisClient, leaseMs: number): RedisListings {
  return {
    async find(route) {
      const text = await redis.get(toKeys(route).listing);
      return text === null ? undefined : parseStored(text);
    },

    async takeLease(route) {
      const lease = randomUUID();
      const taken = await redis.set(toKeys(route).lease, lease, 'PX', leaseMs, 'NX');
      return taken === 'OK' ? lease : undefined;
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
  return { listing: `booking:route:v1:{${tag}}:listing`, lease: `booking:route:v1:{${tag}}:lease` };
}
