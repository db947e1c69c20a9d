import { setTimeout as pause } from 'node:timers/promises';

/** When the last call arrived at a server. */
export interface Arrivals {
  /** Milliseconds of the monotonic clock; 0 before the first call. */
  lastAt: number;
}

/** How much longer than the least a server lingers at most. */
const MOST = 6;
const LOOKS = 10;

/**
 * Goes on serving after the instance left Consul, until its callers have heard: the least time in any case, since a
 * caller may just be silent, and longer while calls still arrive, since a caller may be slow to hear. Half the least
 * time without a call is taken for everybody's having heard. The last instance of a service is called to the end, so
 * there is an end: six times the least.
 *
 * @param leastMs 0 does not linger at all
 */
export async function linger(arrivals: Arrivals, leastMs: number): Promise<void> {
  const began = performance.now();
  const quietMs = leastMs / 2;
  for (let lookMs = leastMs; lookMs > 0; lookMs = leastMs / LOOKS) {
    await pause(lookMs);
    const now = performance.now();
    if (now - arrivals.lastAt >= quietMs || now - began >= leastMs * MOST) return;
  }
}
