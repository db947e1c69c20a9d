import { pause } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';
import type { Route, RouteListing } from '../domain/route.js';
import { type CacheTimes, toStored } from './cache-times.js';
import { withOwnLimits } from './own-limits.js';
import type { RedisCircuit } from './redis-circuit.js';
import { type RedisListings, toKey } from './redis-listings.js';

/** Brings listings into Redis: of one route, one refill at a time in the whole fleet. */
export interface Refills {
  /**
   * Refills a listing, or waits a moment for somebody else's refill. Resolves when it is worth looking into Redis
   * again, where the listing may still be missing: the route was changed meanwhile, the other refill takes long, or
   * Redis does not answer. Rejects when the database could not be read.
   */
  refill(route: Route): Promise<void>;
}

export interface RefillsParts {
  readonly load: (route: Route, limits: CallLimits) => Promise<RouteListing>;
  readonly stored: RedisListings;
  readonly circuit: RedisCircuit;
  readonly times: CacheTimes;
  /** How long the database may take, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** How long another instance's refill is waited for, in milliseconds. */
  readonly waitMs: number;
  readonly now: () => number;
  readonly random: () => number;
  /** Ends the waiting when the process stops. */
  readonly stopped: AbortSignal;
}

/** How often it is looked whether another instance's refill is there, in milliseconds. */
const LOOK_EVERY_MS = 20;

export function createRefills(parts: RefillsParts): Refills {
  const { load, stored, circuit, times, now, random, stopped } = parts;
  const running = new Map<string, Promise<void>>();

  /** When the database fails, the lease is left to run out: until then nobody asks a database that is away again. */
  async function fill(route: Route, lease: string): Promise<void> {
    const listing = await withOwnLimits(parts.loadTimeoutMs, (limits) => load(route, limits));
    const entry = toStored(listing, times, now(), random);
    await circuit.run(() => stored.fill(route, lease, entry.stored, entry.ttlMs));
  }

  async function waitForOther(route: Route): Promise<void> {
    for (const until = now() + parts.waitMs; now() < until && !stopped.aborted; ) {
      await pause(LOOK_EVERY_MS, stopped);
      const found = await circuit.run(() => stored.find(route));
      if (!found.reached || found.value !== undefined) return;
    }
  }

  async function refill(route: Route): Promise<void> {
    const lease = await circuit.run(() => stored.takeLease(route));
    if (!lease.reached) return;
    await (lease.value === undefined ? waitForOther(route) : fill(route, lease.value));
  }

  return {
    refill(route) {
      const key = toKey(route);
      const current = running.get(key) ?? refill(route).finally(() => running.delete(key));
      running.set(key, current);
      return current;
    },
  };
}
