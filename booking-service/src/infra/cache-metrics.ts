import { Counter, type Registry } from 'prom-client';

/**
 * How a search was answered: `hit` from a fresh listing, `stale` from one that is being refilled, `miss` from the
 * database because there was none, `bypass` from the database because Redis was not asked.
 */
export type CacheResult = 'hit' | 'stale' | 'miss' | 'bypass';

export interface CacheMetrics {
  readonly lookups: Counter<'result'>;
  readonly errors: Counter;
}

export function createCacheMetrics(registry: Registry): CacheMetrics {
  return {
    lookups: new Counter({
      name: 'booking_search_cache_lookups_total',
      help: 'Searches by how the cache answered them: hit, stale, miss, bypass.',
      labelNames: ['result'],
      registers: [registry],
    }),
    errors: new Counter({
      name: 'booking_search_cache_errors_total',
      help: 'Commands of the search cache that Redis refused or did not answer.',
      registers: [registry],
    }),
  };
}
