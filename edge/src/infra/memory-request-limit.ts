import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../domain/refusal.js';
import type { RequestLimit } from '../domain/request-limit.js';

/**
 * Limits the requests of each network in this process alone: asking Redis for every request would cost more than most
 * requests do.
 *
 * @param perSecond requests in a second; more are refused until the second is over
 */
export function createRequestLimit(perSecond: number): RequestLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return {
    async admit(network) {
      try {
        await limiter.consume(network);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new Refusal('TOO_MANY_REQUESTS', undefined, error.msBeforeNext);
      }
    },
  };
}
