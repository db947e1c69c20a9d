import { type Logger, untilAborted, withOwnLimits } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';
import type { RouteListings } from '../domain/flights.js';
import type { Route, RouteListing } from '../domain/route.js';
import type { CacheMetrics } from './cache-metrics.js';
import type { Answer, RedisAnswers } from './redis-answers.js';
import { type RedisListings, type StoredListing, toKey } from './redis-listings.js';
import type { Refills } from './refills.js';
import type { Removals } from './removals.js';
import { createSharedReads } from './shared-reads.js';

/** What cached listings stand on. */
export interface CachedListingsParts {
  readonly load: (route: Route, limits: CallLimits) => Promise<RouteListing>;
  readonly stored: RedisListings;
  readonly answers: RedisAnswers;
  readonly refills: Refills;
  readonly removals: Removals;
  readonly metrics: CacheMetrics;
  readonly log: Logger;
  /** How long the database may take, in milliseconds. */
  readonly loadTimeoutMs: number;
  readonly now: () => number;
}

/**
 * Listings out of Redis, or out of the database when Redis has none or is away. A listing whose fresh time is over is
 * served all the same while it is refilled, and for as long as the database is away; one that was invalidated never.
 */
export function createCachedListings(parts: CachedListingsParts): RouteListings {
  const { load, stored, answers, refills, removals, metrics, log, now } = parts;
  const direct = createSharedReads<RouteListing>();

  async function find(route: Route): Promise<Answer<StoredListing | undefined>> {
    return removals.isPending(route) ? { reached: false } : answers.ask(() => stored.find(route));
  }

  async function readDirectly(route: Route, call: CallLimits): Promise<RouteListing> {
    call.signal.throwIfAborted();
    const read = () => withOwnLimits(parts.loadTimeoutMs, (limits) => load(route, limits), call.traceparent);
    return untilAborted(direct.read(toKey(route), read), call.signal);
  }

  async function readMissing(route: Route, call: CallLimits): Promise<RouteListing> {
    call.signal.throwIfAborted();
    await untilAborted(refills.refill(route, call.traceparent), call.signal);
    // The refill may have begun before a change that this caller knows of: only what Redis has by now is sure.
    const found = await find(route);
    return found.reached && found.value !== undefined ? found.value.listing : readDirectly(route, call);
  }

  function refillBehind(route: Route, { traceparent }: CallLimits): void {
    refills.refill(route, traceparent).catch((error: unknown) => {
      log.warn({ err: error }, 'a listing could not be refilled and is served as it was');
    });
  }

  return {
    async get(route, call) {
      const found = await find(route);
      if (!found.reached) {
        metrics.lookups.inc({ result: 'bypass' });
        return readDirectly(route, call);
      }
      if (found.value === undefined) {
        metrics.lookups.inc({ result: 'miss' });
        return readMissing(route, call);
      }
      const fresh = now() < found.value.freshUntil;
      metrics.lookups.inc({ result: fresh ? 'hit' : 'stale' });
      if (!fresh) refillBehind(route, call);
      return found.value.listing;
    },

    invalidate: (routes) => removals.remove(routes),
  };
}
