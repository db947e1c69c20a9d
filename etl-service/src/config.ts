import {
  type DatabaseConfig,
  databaseEnv,
  envDurationMs,
  type ProcessConfig,
  processEnv,
  readEnv,
  toDatabaseConfig,
  toProcessConfig,
} from '@flight/mesh';
import { z } from 'zod';

/** Everything the service is told. */
export interface Config {
  readonly process: ProcessConfig;
  /** The warehouse. */
  readonly database: DatabaseConfig;
  /** Where access tokens come from and whom they are meant for. */
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** Proves to other services that this one calls, and to this one that another service does. */
  readonly serviceSecret: string;
  /** From the beginning of a run to the next one, in milliseconds; undefined when runs are only asked for. */
  readonly scheduleMs: number | undefined;
  /** Changes that a source sends in one message at most. */
  readonly batchRows: number;
  /** Changes that are stored aside in one transaction. */
  readonly chunkRows: number;
  /** The database role that may read the star; skipped where there is no such role. */
  readonly analystRole: string;
}

const SCHEDULE_MIN_MS = 100;

const schedule = z.union([
  z.literal('off'),
  envDurationMs.refine((ms) => ms >= SCHEDULE_MIN_MS, 'expected 100ms or more'),
]);

const ENV = {
  ...processEnv,
  ...databaseEnv,
  TOKEN_ISSUER: z.string().default('flight-booking'),
  TOKEN_AUDIENCE: z.string().default('flight-booking'),
  SERVICE_SECRET: z.string().min(32, 'expected 32 or more characters'),
  ETL_SCHEDULE: schedule.default(10_000),
  ETL_BATCH: z.coerce.number().int().min(1).max(10_000).default(5000),
  ETL_CHUNK: z.coerce.number().int().min(1).max(1_000_000).default(20_000),
  ANALYST_ROLE: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected the name of a role: lower case letters, digits, _')
    .default('analyst'),
} as const;

/** @throws ConfigError naming every variable that is missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, ENV);
  return {
    process: toProcessConfig(values, 'etl-service'),
    database: toDatabaseConfig(values),
    tokens: { issuer: values.TOKEN_ISSUER, audience: values.TOKEN_AUDIENCE },
    serviceSecret: values.SERVICE_SECRET,
    scheduleMs: values.ETL_SCHEDULE === 'off' ? undefined : values.ETL_SCHEDULE,
    batchRows: values.ETL_BATCH,
    chunkRows: values.ETL_CHUNK,
    analystRole: values.ANALYST_ROLE,
  };
}
