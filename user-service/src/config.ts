import { availableParallelism } from 'node:os';
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
import type { Policy } from './domain/policy.js';
import type { TokenConfig } from './infra/jose-tokens.js';
import type { KeptHistory } from './infra/postgres-update-history.js';

/** What user-service is told. Times are in milliseconds. */
export interface UserServiceConfig {
  readonly process: ProcessConfig;
  readonly database: DatabaseConfig;
  readonly policy: Policy;
  readonly signIn: {
    /** Passwords that are hashed at the same time. */
    readonly parallel: number;
    /** Longest wait for a hash; whoever would have to wait longer is refused. */
    readonly maxWaitMs: number;
  };
  readonly token: TokenConfig;
  readonly signingKeys: {
    /** Seals the private keys in the database. */
    readonly secret: string;
    readonly rotationMs: number;
    /** How often an instance looks for keys that others made. */
    readonly pollMs: number;
  };
  readonly redis: RedisConfig;
  /** Shared by all services: proves that a call comes from one of them. */
  readonly serviceSecret: string;
  readonly flightUpdates: {
    readonly kept: KeptHistory;
    readonly trimEveryMs: number;
    /** How long a stream of announcements or changes may stay silent. */
    readonly keepAliveMs: number;
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Threads that Node shares between hashing, signing and verifying, unless it is told otherwise. */
const UV_THREADS = 4;

function durationFrom(minMs: number, maxMs: number, range: string) {
  return envDurationMs.refine((ms) => ms >= minMs && ms <= maxMs, `expected ${range}`);
}

const userServiceEnv = {
  EDGE_POLICY: z.enum(['documented', 'strict']).default('documented'),
  SIGN_IN_PARALLEL: z.coerce.number().int().min(1).max(64).optional(),
  SIGN_IN_MAX_WAIT: durationFrom(0, MINUTE_MS, '0ms to 1m').default(1000),
  TOKEN_ISSUER: z.string().default('flight-booking'),
  TOKEN_AUDIENCE: z.string().default('flight-booking'),
  TOKEN_TTL: durationFrom(1000, 7 * DAY_MS, '1s to 7d').default(HOUR_MS),
  SIGNING_KEY_SECRET: z.string().min(32, 'expected 32 or more characters'),
  SIGNING_KEY_ROTATION: durationFrom(HOUR_MS, 365 * DAY_MS, '1h to 365d').default(30 * DAY_MS),
  SIGNING_KEY_POLL: durationFrom(100, 5 * MINUTE_MS, '100ms to 5m').default(30_000),
  SERVICE_SECRET: z.string().min(32, 'expected 32 or more characters'),
  UPDATE_HISTORY_AGE: durationFrom(HOUR_MS, 365 * DAY_MS, '1h to 365d').default(7 * DAY_MS),
  UPDATE_HISTORY_COUNT: z.coerce.number().int().min(1).max(1_000_000).default(1000),
  UPDATE_TRIM_EVERY: durationFrom(1000, HOUR_MS, '1s to 1h').default(MINUTE_MS),
  UPDATE_KEEP_ALIVE: durationFrom(100, MINUTE_MS, '100ms to 1m').default(10_000),
  UV_THREADPOOL_SIZE: z.coerce.number().int().min(1).max(1024).default(UV_THREADS),
} as const;

/**
 * Reads the configuration from the environment.
 *
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readConfig(env: NodeJS.ProcessEnv): UserServiceConfig {
  const values = readEnv(env, { ...processEnv, ...databaseEnv, ...redisEnv, ...userServiceEnv });
  return {
    process: toProcessConfig(values, 'user-service'),
    database: toDatabaseConfig(values),
    policy: values.EDGE_POLICY,
    signIn: {
      parallel: values.SIGN_IN_PARALLEL ?? hashesAtOnce(availableParallelism(), values.UV_THREADPOOL_SIZE),
      maxWaitMs: values.SIGN_IN_MAX_WAIT,
    },
    token: { issuer: values.TOKEN_ISSUER, audience: values.TOKEN_AUDIENCE, ttlMs: values.TOKEN_TTL },
    signingKeys: {
      secret: values.SIGNING_KEY_SECRET,
      rotationMs: values.SIGNING_KEY_ROTATION,
      pollMs: values.SIGNING_KEY_POLL,
    },
    redis: toRedisConfig(values),
    serviceSecret: values.SERVICE_SECRET,
    flightUpdates: {
      kept: { ageMs: values.UPDATE_HISTORY_AGE, count: values.UPDATE_HISTORY_COUNT },
      trimEveryMs: values.UPDATE_TRIM_EVERY,
      keepAliveMs: values.UPDATE_KEEP_ALIVE,
    },
  };
}

/** As many as there are cores, but one thread of Node's pool always stays free to sign and verify tokens. */
function hashesAtOnce(cores: number, threads: number): number {
  return Math.max(1, Math.min(cores, threads - 1));
}
