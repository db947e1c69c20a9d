import type { Logger } from '@flight/mesh';

/** Does without Redis what Redis does not answer for. */
export interface RedisGate {
  /** Does work with Redis, or else the substitute. */
  through<T>(work: () => Promise<T>, substitute: () => Promise<T>): Promise<T>;
}

/** How long nothing must have failed until Redis counts as back, in milliseconds: a part of it may be away longer. */
const BACK_AFTER_MS = 2000;

/**
 * A request waits for Redis once at most: after a failure the mesh's client lets what follows fail at once for a moment.
 *
 * @param log hears when Redis goes and when it comes back, not of every failure in between
 */
export function createRedisGate(log: Logger): RedisGate {
  let away = false;
  let failedAt = 0;

  return {
    async through(work, substitute) {
      try {
        const result = await work();
        if (away && Date.now() - failedAt >= BACK_AFTER_MS) {
          log.info('Redis answers again; failed sign-ins are counted together');
          away = false;
        }
        return result;
      } catch (error) {
        if (!away) log.warn({ err: error }, 'Redis does not answer; failed sign-ins are counted here alone');
        away = true;
        failedAt = Date.now();
        return substitute();
      }
    },
  };
}
