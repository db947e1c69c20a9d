import { createHash } from 'node:crypto';
import type { RedisClient } from '@flight/mesh';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Counter } from '../domain/sign-in-guard.js';
import type { RedisGate } from './redis-gate.js';

export interface CounterOptions {
  readonly redis: RedisClient;
  readonly gate: RedisGate;
  /** Begins the keys in Redis. */
  readonly prefix: string;
  /** How long a count stands from its first addition, in milliseconds. At most what a timer can wait: 24 days. */
  readonly windowMs: number;
}

type Limiter = RateLimiterRedis | RateLimiterMemory;

/**
 * Makes a counter, for all edges together as long as Redis is there and for this one alone while it is not. Its keys go
 * to Redis hashed, as they are made of names and addresses of people.
 */
export function createCounter({ redis, gate, prefix, windowMs }: CounterOptions): Counter {
  // Who counts decides what is too much, so the limiters themselves have no limit.
  const shape = { keyPrefix: prefix, points: Number.MAX_SAFE_INTEGER, duration: Math.ceil(windowMs / 1000) };
  const shared = new RateLimiterRedis({ ...shape, storeClient: redis, rejectIfRedisNotReady: true });
  const local = new RateLimiterMemory(shape);

  function run<T>(work: (limiter: Limiter) => Promise<T>): Promise<T> {
    return gate.through(
      () => work(shared),
      () => work(local),
    );
  }

  return {
    async read(key) {
      const found: RateLimiterRes | null = await run((limiter) => limiter.get(hash(key)));
      return { count: found?.consumedPoints ?? 0, msLeft: found?.msBeforeNext ?? 0 };
    },
    async add(key) {
      await run((limiter) => limiter.penalty(hash(key), 1));
    },
    async restart(key) {
      await run((limiter) => limiter.set(hash(key), 1, shape.duration));
    },
    async forget(key) {
      await run((limiter) => limiter.delete(hash(key)));
    },
  };
}

function hash(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}
