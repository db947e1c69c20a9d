import { pause, withOwnLimits } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';
import type { Route, RouteListing } from '../domain/route.js';
import { type CacheTimes, toStored } from './cache-times.js';
import type { RedisAnswers } from './redis-answers.js';
import { type RedisListings, toKey } from './redis-listings.js';

/** Brings listings into Redis: of one route, one refill at a time in the whole fleet. */
export interface Refills {
  /**
   * Refills a listing, or waits a moment for somebody else's refill. Resolves when it is worth looking into Redis
   * again, where the listing may still be missing: the route was changed meanwhile, the other refill takes long, or
   * Redis does not answer. Rejects when the database could not be read.
   *
   * @param traceparent of the caller for whom it begins, if it does
   */
  refill(route: Route, traceparent?: string): Promise<void>;
}

export interface RefillsParts {
  readonly load: (route: Route, limits: CallLimits) => Promise<RouteListing>;
  readonly stored: RedisListings;
  readonly answers: RedisAnswers;
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
  const { load, stored, answers, times, now, random, stopped } = parts;
  const running = new Map<string, Promise<void>>();

  /** When the database fails, the lease is left to run out: until then nobody asks a database that is away again. */
  async function fill(route: Route, lease: string, traceparent?: string): Promise<void> {
    const read = (limits: CallLimits) => load(route, limits);
    const listing = await withOwnLimits(parts.loadTimeoutMs, read, traceparent);
    const entry = toStored(listing, times, now(), random);
    await answers.ask(() => stored.fill(route, lease, entry.stored, entry.ttlMs));
  }

  async function waitForOther(route: Route): Promise<void> {
    for (const until = now() + parts.waitMs; now() < until && !stopped.aborted; ) {
      await pause(LOOK_EVERY_MS, stopped);
      const found = await answers.ask(() => stored.find(route));
      if (!found.reached || found.value !== undefined) return;
    }
  }

  async function refill(route: Route, traceparent?: string): Promise<void> {
    const lease = await answers.ask(() => stored.takeLease(route));
    if (!lease.reached) return;
    await (lease.value === undefined ? waitForOther(route) : fill(route, lease.value, traceparent));
  }

  return {
    refill(route, traceparent) {
      const key = toKey(route);
      const current = running.get(key) ?? refill(route, traceparent).finally(() => running.delete(key));
      running.set(key, current);
      return current;
    },
  };
}
