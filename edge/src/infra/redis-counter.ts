import { createHash } from 'node:crypto';
import type { RedisClient } from '@flight/mesh';
import { RateLimiterMemory } from 'rate-limiter-flexible';
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

/** One round trip each: a transaction would take several commands, and be waited for longer when Redis is away. */
const READ = `return { redis.call('get', KEYS[1]), redis.call('pttl', KEYS[1]) }`;
const ADD = `if redis.call('incr', KEYS[1]) == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end`;

/**
 * Makes a counter, for all edges together as long as Redis is there and for this one alone while it is not. Its keys go
 * to Redis hashed, as they are made of names and addresses of people.
 */
export function createCounter({ redis, gate, prefix, windowMs }: CounterOptions): Counter {
  const toRedisKey = (key: readonly string[]) => `${prefix}:${hash(key)}`;
  // Who counts decides what is too much, so the limiter itself has no limit.
  const seconds = Math.ceil(windowMs / 1000);
  const local = new RateLimiterMemory({
    keyPrefix: prefix,
    points: Number.MAX_SAFE_INTEGER,
    duration: seconds,
  });

  async function readShared(key: readonly string[]) {
    const [count, msLeft] = (await redis.eval(READ, 1, toRedisKey(key))) as [string | null, number];
    return { count: Number(count ?? 0), msLeft: Math.max(0, msLeft) };
  }
  async function readLocal(key: readonly string[]) {
    const found = await local.get(hash(key));
    return { count: found?.consumedPoints ?? 0, msLeft: found?.msBeforeNext ?? 0 };
  }

  return {
    read: (key) =>
      gate.through(
        () => readShared(key),
        () => readLocal(key),
      ),
    add: (key) =>
      gate.through(
        async () => void (await redis.eval(ADD, 1, toRedisKey(key), windowMs)),
        async () => void (await local.penalty(hash(key), 1)),
      ),
    restart: (key) =>
      gate.through(
        async () => void (await redis.set(toRedisKey(key), 1, 'PX', windowMs)),
        async () => void (await local.set(hash(key), 1, seconds)),
      ),
    forget: (key) =>
      gate.through(
        async () => void (await redis.del(toRedisKey(key))),
        async () => void (await local.delete(hash(key))),
      ),
  };
}

function hash(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}
