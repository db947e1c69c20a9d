import type { Logger } from '@flight/mesh';

/** Knows whether Redis is worth asking, so that not every request waits to find out that it is away. */
export interface RedisGate {
  /** Does work with Redis if it seems to be there, or else the substitute. */
  through<T>(work: () => Promise<T>, substitute: () => Promise<T>): Promise<T>;
}

/** How long Redis is left alone after it failed, in milliseconds. */
const AWAY_MS = 1000;

/** @param log hears when Redis goes and when it comes back, not of every failure in between */
export function createRedisGate(log: Logger): RedisGate {
  let away = false;
  let askAgainAt = 0;

  return {
    async through(work, substitute) {
      if (Date.now() < askAgainAt) return substitute();
      try {
        const result = await work();
        if (away) log.info('Redis answers again; failed sign-ins are counted together');
        away = false;
        return result;
      } catch (error) {
        if (!away) log.warn({ err: error }, 'Redis does not answer; failed sign-ins are counted here alone');
        away = true;
        askAgainAt = Date.now() + AWAY_MS;
        return substitute();
      }
    },
  };
}
