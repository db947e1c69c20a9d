import type { Logger, RedisClient } from '@flight/mesh';
import type { SignInCounters, SignInLimits } from '../domain/sign-in-guard.js';
import { createCounter } from './redis-counter.js';
import { createRedisGate } from './redis-gate.js';

/** Counts sign-ins for all edges together in Redis, or for this edge alone while Redis is away. */
export function createSignInCounters(
  redis: RedisClient,
  { windowMs, familiarMs }: SignInLimits,
  log: Logger,
): SignInCounters {
  const gate = createRedisGate(log);
  const open = (what: string, ms: number) =>
    createCounter({ redis, gate, prefix: `edge:sign-in:${what}`, windowMs: ms });
  return {
    pairs: open('pair', windowMs),
    accounts: open('account', windowMs),
    addresses: open('address', windowMs),
    familiar: open('familiar', familiarMs),
  };
}
