import { intercept } from './intercept.js';
import type { RedisClient } from './open-redis.js';

/** Why a command was given up: it was not answered in time. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout';
  constructor() {
    super('Redis does not answer in time');
  }
}

/**
 * Lets no command of a new client be waited for longer than this. Unlike ioredis' own commandTimeout, once the time is over,
 * what has arrived meanwhile is still read: a process that was held up itself blames nobody, unless it was for as long as a
 * silent connection is kept (ioredis' socketTimeout).
 */
export function limitCommands(client: RedisClient, timeoutMs: number): void {
  intercept(client, (command, send) => {
    const late = setTimeout(() => setImmediate(() => command.reject(new RedisTimeout())), timeoutMs);
    const settle = () => clearTimeout(late);
    command.promise.then(settle, settle);
    return send();
  });
}
