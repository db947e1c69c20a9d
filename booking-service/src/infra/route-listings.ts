import type { MeshProcess, RedisClient } from '@flight/mesh';
import type { CallLimits } from '../domain/call-limits.js';
import type { Flights, RouteListings } from '../domain/flights.js';
import type { Route, RouteListing } from '../domain/route.js';
import { createCacheMetrics } from './cache-metrics.js';
import type { CacheTimes } from './cache-times.js';
import { createCachedListings } from './cached-listings.js';
import { createRedisAnswers } from './redis-answers.js';
import { createRedisListings } from './redis-listings.js';
import { createRefills } from './refills.js';
import { createRemovals } from './removals.js';

/** How many of a route's flights are listed; a page that goes further is read from the database. */
const LISTED_MAX = 1000;
/** How long the database may take for a listing that several callers wait for, in milliseconds. */
const LOAD_TIMEOUT_MS = 2000;
/** A little longer than a refill may take. */
const LEASE_MS = 2500;
/** How long another instance's refill is waited for before the database is asked, in milliseconds. */
const WAIT_MS = 200;

/** Puts the search cache together. */
export function openListings(parts: {
  readonly mesh: Pick<MeshProcess, 'metrics' | 'log' | 'stopped'>;
  readonly redis: RedisClient;
  readonly flights: Flights;
  readonly times: CacheTimes;
  readonly now: () => number;
  readonly random: () => number;
}): RouteListings {
  const { mesh, redis, flights, times, now, random } = parts;
  const { log, stopped } = mesh;
  const metrics = createCacheMetrics(mesh.metrics.registry);
  const stored = createRedisListings(redis, LEASE_MS);
  const onFailure = () => metrics.errors.inc();
  const answers = createRedisAnswers(onFailure);
  const shared = { load, stored, answers, loadTimeoutMs: LOAD_TIMEOUT_MS, now };
  const refills = createRefills({ ...shared, times, waitMs: WAIT_MS, random, stopped });
  const removals = createRemovals({ stored, log, stopped, onFailure });
  return createCachedListings({ ...shared, refills, removals, metrics, log });

  async function load(route: Route, limits: CallLimits): Promise<RouteListing> {
    const found = await flights.listOfRoute(route, { size: LISTED_MAX, after: undefined }, limits);
    return { flights: found.slice(0, LISTED_MAX), complete: found.length <= LISTED_MAX };
  }
}
