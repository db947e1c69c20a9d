import { z } from 'zod';
import { envDurationMs, envList, envPort, envSwitch } from './env-types.js';
import { type TracingConfig, toTracingConfig, tracingEnv } from './tracing-config.js';

/** What every process of the mesh is told. */
export interface ProcessConfig {
  /** Name in Consul, such as user-service. */
  readonly service: string;
  /** Unique name of this process, such as user_service_1. */
  readonly instance: string;
  /** Address to listen on and to be found at. */
  readonly host: string;
  readonly grpcPort: number;
  /** Port of /metrics, /livez and /readyz; undefined for a process that shows them on a port of its own. */
  readonly adminPort: number | undefined;
  readonly logLevel: string;
  readonly consul: ConsulConfig;
  /** How long a stopping process goes on answering after it left Consul at least, in milliseconds. */
  readonly lingerMs: number;
  /** Unary calls in flight at most, 1000 when absent; what is beyond is refused with RESOURCE_EXHAUSTED. */
  readonly callsAtOnce?: number | undefined;
  /** Open streams of each method at most, 1000 when absent; what is beyond is refused in the same way. */
  readonly streamsAtOnce?: number | undefined;
  /** Whether faults may be injected for drills; not when absent. */
  readonly faultInjection?: boolean | undefined;
  /** What is done for calls beyond sending them; everything when absent. */
  readonly calls?: CallPolicy | undefined;
  /** Where traces go; nothing is traced when absent. */
  readonly tracing?: TracingConfig | undefined;
}

/** What is done for calls beyond sending them. Switched off to find out what it is worth. */
export interface CallPolicy {
  /** Whether what the contract lets be repeated is tried again elsewhere when an instance can't be reached. */
  readonly retries: boolean;
  /** Whether a read that takes longer than usual is also sent elsewhere. */
  readonly hedges: boolean;
}

/** How to reach the local Consul agent. */
export interface ConsulConfig {
  readonly url: string;
  readonly token: string | undefined;
}

/** How to reach a database that is found through Consul. */
export interface DatabaseConfig {
  /** Name in Consul of all its servers, the primary and replicas. */
  readonly service: string;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** How many connections at most. */
  readonly poolSize: number;
}

/** How to reach Redis. */
export interface RedisConfig {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly mode: 'single' | 'cluster';
  readonly password: string | undefined;
}

/** The variables behind ProcessConfig. */
export const processEnv = {
  INSTANCE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected 1 to 64 letters, digits, or any of _ . -'),
  HOST: z.string().default('127.0.0.1'),
  GRPC_PORT: envPort.default(0),
  ADMIN_PORT: envPort.default(0),
  CONSUL_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8500'),
  CONSUL_TOKEN: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LINGER: envDurationMs.default(500),
  CALLS_AT_ONCE: z.coerce.number().int().min(1).max(100_000).default(1000),
  STREAMS_AT_ONCE: z.coerce.number().int().min(1).max(100_000).default(1000),
  FAULT_INJECTION: envSwitch.default(false),
  CALL_RETRIES: envSwitch.default(true),
  CALL_HEDGES: envSwitch.default(true),
  ...tracingEnv,
} as const;

/** The variables behind DatabaseConfig. */
export const databaseEnv = {
  DATABASE_SERVICE: z.string(),
  DATABASE_NAME: z.string(),
  DATABASE_USER: z.string(),
  DATABASE_PASSWORD: z.string(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(100).default(8),
} as const;

/** The variables behind RedisConfig. */
export const redisEnv = {
  REDIS_NODES: envList
    .pipe(z.array(z.string().regex(/^[^:\s]+:\d{1,5}$/, 'expected host:port[,host:port]')).min(1))
    .default(['127.0.0.1:6379']),
  REDIS_MODE: z.enum(['single', 'cluster']).default('single'),
  REDIS_PASSWORD: z.string().optional(),
} as const;

type Values<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

/** @param service the process's name in Consul */
export function toProcessConfig(values: Values<typeof processEnv>, service: string): ProcessConfig {
  return {
    service,
    instance: values.INSTANCE_ID,
    host: values.HOST,
    grpcPort: values.GRPC_PORT,
    adminPort: values.ADMIN_PORT,
    logLevel: values.LOG_LEVEL,
    consul: { url: values.CONSUL_URL, token: values.CONSUL_TOKEN },
    lingerMs: values.LINGER,
    callsAtOnce: values.CALLS_AT_ONCE,
    streamsAtOnce: values.STREAMS_AT_ONCE,
    faultInjection: values.FAULT_INJECTION,
    calls: { retries: values.CALL_RETRIES, hedges: values.CALL_HEDGES },
    tracing: toTracingConfig(values),
  };
}

export function toDatabaseConfig(values: Values<typeof databaseEnv>): DatabaseConfig {
  return {
    service: values.DATABASE_SERVICE,
    name: values.DATABASE_NAME,
    user: values.DATABASE_USER,
    password: values.DATABASE_PASSWORD,
    poolSize: values.DATABASE_POOL_SIZE,
  };
}

export function toRedisConfig(values: Values<typeof redisEnv>): RedisConfig {
  const nodes = values.REDIS_NODES.map((node) => {
    const colon = node.lastIndexOf(':');
    return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) };
  });
  return { nodes, mode: values.REDIS_MODE, password: values.REDIS_PASSWORD };
}
