import type { RouteListing } from '../domain/route.js';
import type { StoredListing } from './redis-listings.js';

/** How long listings are kept, in milliseconds. */
export interface CacheTimes {
  /** How long a listing needs no refill. */
  readonly freshMs: number;
  /** The same for a listing without flights: strangers can ask for any pair of cities. */
  readonly freshEmptyMs: number;
  /** How long a listing is served after that, while it can't be refilled. */
  readonly staleMs: number;
}

/** Listings stored together must not need a refill together: each lasts up to a fifth shorter. */
const JITTER = 0.2;

/** A listing as it is to be stored, and for how long. An empty one is not kept for the time without a database. */
export function toStored(
  listing: RouteListing,
  times: CacheTimes,
  now: number,
  random: () => number,
): { readonly stored: StoredListing; readonly ttlMs: number } {
  const empty = listing.flights.length === 0;
  const freshMs = Math.ceil((empty ? times.freshEmptyMs : times.freshMs) * (1 - JITTER * random()));
  const ttlMs = empty ? freshMs : freshMs + times.staleMs;
  return { stored: { listing, freshUntil: now + freshMs }, ttlMs };
}
