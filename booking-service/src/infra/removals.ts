import { type Logger, pause } from '@flight/mesh';
import type { Route } from '../domain/route.js';
import { type RedisListings, toKey } from './redis-listings.js';

/** Takes listings out of Redis when their routes change, however long Redis is away. */
export interface Removals {
  /**
   * Resolves when the listings are gone, or when Redis has not answered for a second and the removal goes on behind.
   * Never rejects.
   */
  remove(routes: readonly Route[]): Promise<void>;
  /** Whether Redis may still have a listing that was to be removed: it must not be asked for this route. */
  isPending(route: Route): boolean;
}

/** How long after a failure it is tried again, in milliseconds: soon at first, since most failures are hiccups. */
const RETRY_MIN_MS = 25;
const RETRY_MAX_MS = 100;
/**
 * How long a change waits for its listings to go, in milliseconds. Until they are gone, other instances, for which Redis
 * is well, go on showing what was before the change.
 */
const PATIENCE_MS = 1000;

export function createRemovals(parts: {
  readonly stored: RedisListings;
  readonly log: Logger;
  /** Ends the trying when the process stops; what is left in Redis then runs out by its time. */
  readonly stopped: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}): Removals {
  const { stored, log, stopped, onFailure } = parts;
  const pending = new Map<string, Route>();
  let trying: Promise<void> | undefined;

  async function removeNow(route: Route): Promise<void> {
    try {
      await stored.remove(route);
      pending.delete(toKey(route));
    } catch (error) {
      pending.set(toKey(route), route);
      onFailure(error);
    }
  }

  async function keepTrying(): Promise<void> {
    log.warn({ routes: pending.size }, 'Redis did not remove changed listings; trying on');
    for (
      let delay = RETRY_MIN_MS;
      pending.size > 0 && !stopped.aborted;
      delay = Math.min(RETRY_MAX_MS, delay * 2)
    ) {
      await pause(delay, stopped);
      await Promise.all([...pending.values()].map(removeNow));
    }
    trying = undefined;
    if (pending.size === 0) log.info('Redis removed the changed listings');
  }

  return {
    async remove(routes) {
      for (const route of routes) pending.set(toKey(route), route);
      await Promise.all(routes.map(removeNow));
      if (pending.size === 0) return;
      trying ??= keepTrying();
      await atMost(PATIENCE_MS, trying);
    },
    isPending: (route) => pending.has(toKey(route)),
  };
}

/** Waits for work, but not for ever. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, pause(ms, enough.signal)]);
  enough.abort();
}
