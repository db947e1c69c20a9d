import {
  type DatabaseConfig,
  databaseEnv,
  envDurationMs,
  type ProcessConfig,
  processEnv,
  type RedisConfig,
  readEnv,
  redisEnv,
  toDatabaseConfig,
  toProcessConfig,
  toRedisConfig,
} from '@flight/mesh';
import { z } from 'zod';
import type { Policy } from './domain/access.js';
import type { CacheTimes } from './infra/cache-times.js';
import type { TurnstileLimits } from './infra/turnstiles.js';

/** Everything the service is told. */
export interface Config {
  readonly process: ProcessConfig;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig;
  /** Where access tokens come from and whom they are meant for. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  readonly policy: Policy;
  /** Proves to other services that this one calls. */
  readonly serviceSecret: string;
  readonly cache: CacheTimes;
  /** Orders of one flight. */
  readonly orders: TurnstileLimits;
}

const ENV = {
  ...processEnv,
  ...databaseEnv,
  ...redisEnv,
  TOKEN_ISSUER: z.string().default('flight-booking'),
  TOKEN_AUDIENCE: z.string().default('flight-booking'),
  EDGE_POLICY: z.enum(['documented', 'strict']).default('documented'),
  SERVICE_SECRET: z.string().min(32, 'expected 32 or more characters'),
  SEARCH_FRESH: envDurationMs.default(30_000),
  SEARCH_FRESH_EMPTY: envDurationMs.default(5_000),
  SEARCH_STALE: envDurationMs.default(3_600_000),
  // A hot flight sells best with 4 to 8 statements at once: three instances make six.
  ORDERS_AT_ONCE: z.coerce.number().int().min(1).max(64).default(2),
  ORDERS_QUEUE: z.coerce.number().int().min(0).max(1_000_000).default(10_000),
} as const;

/** @throws ConfigError naming every variable that is missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, ENV);
  return {
    process: toProcessConfig(values, 'booking-service'),
    database: toDatabaseConfig(values),
    redis: toRedisConfig(values),
    tokens: { issuer: values.TOKEN_ISSUER, audience: values.TOKEN_AUDIENCE },
    policy: values.EDGE_POLICY,
    serviceSecret: values.SERVICE_SECRET,
    cache: {
      freshMs: values.SEARCH_FRESH,
      freshEmptyMs: values.SEARCH_FRESH_EMPTY,
      staleMs: values.SEARCH_STALE,
    },
    orders: { width: values.ORDERS_AT_ONCE, queue: values.ORDERS_QUEUE },
  };
}
