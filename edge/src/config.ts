import { isIP } from 'node:net';
import {
  envDurationMs,
  envList,
  envPort,
  type ProcessConfig,
  processEnv,
  type RedisConfig,
  readEnv,
  redisEnv,
  toProcessConfig,
  toRedisConfig,
} from '@flight/mesh';
import { z } from 'zod';
import type { TrustProxy } from './domain/client-network.js';
import { LOCALHOST } from './domain/origins.js';
import type { Policy } from './domain/policy.js';
import type { SignInLimits } from './domain/sign-in-guard.js';
import type { SocketLimits } from './domain/socket-limits.js';
import type { TimeLimits } from './domain/time-limit.js';

export interface Config {
  readonly process: ProcessConfig;
  readonly redis: RedisConfig;
  readonly httpPort: number;
  readonly policy: Policy;
  readonly timeLimits: TimeLimits;
  readonly trustProxy: TrustProxy;
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** Requests of one network in a second. */
  readonly requestsPerSecond: number;
  readonly signInLimits: SignInLimits;
  /** Which part of the answers below 500 is logged, from 0 to 1. */
  readonly accessLogSample: number;
  /** Proves to other services that it is this one that calls. */
  readonly serviceSecret: string;
  /** Origins whose pages may open a WebSocket here, besides the edge's own: `https://app.example.com`, `localhost`. */
  readonly allowedOrigins: readonly string[];
  readonly socketLimits: SocketLimits;
  /** How often it is checked that no room missed an update, in milliseconds. */
  readonly positionCheckMs: number;
}

/** Longer can't be waited for with Node's timers. */
const LONGEST_MS = 24 * 86_400_000;

const duration = envDurationMs.pipe(z.number().min(1).max(LONGEST_MS, 'expected at most 24d'));
const count = z.coerce.number().int().min(1);

const edgeEnv = {
  HTTP_PORT: envPort.default(4000),
  EDGE_POLICY: z.enum(['documented', 'strict']).default('documented'),
  DEADLINE_READ: duration.default(1000),
  DEADLINE_WRITE: duration.default(2000),
  DEADLINE_SIGN_IN: duration.default(3000),
  TRUST_PROXY: z
    .union(
      [
        z.literal('off').transform(() => false as const),
        z
          .string()
          .regex(/^\d{1,2}$/)
          .transform(Number),
        envList.pipe(z.array(z.string().refine(isProxyRange)).min(1)),
      ],
      'expected off, a number of hops, or addresses such as loopback,10.0.0.0/8',
    )
    .default(false),
  TOKEN_ISSUER: z.string().default('flight-booking'),
  TOKEN_AUDIENCE: z.string().default('flight-booking'),
  REQUESTS_PER_SECOND: count.default(20_000),
  SIGN_IN_FAILURES_PER_ACCOUNT_AND_ADDRESS: count.default(10),
  SIGN_IN_FAILURES_PER_ACCOUNT: count.default(100),
  SIGN_IN_FAILURES_PER_ADDRESS: count.default(100),
  SIGN_IN_FAILURES_WINDOW: duration.default(15 * 60_000),
  SIGN_IN_FAMILIAR: duration.default(14 * 86_400_000),
  ACCESS_LOG_SAMPLE: z.coerce.number().min(0).max(1).default(0.01),
  SERVICE_SECRET: z.string().min(32, 'expected 32 or more characters'),
  ALLOWED_ORIGINS: envList
    .pipe(
      z.array(z.string().refine(isOrigin, 'expected origins such as https://app.example.com, or localhost')),
    )
    .default([LOCALHOST]),
  SOCKETS: count.default(20_000),
  SOCKET_ROOMS: count.default(50),
  SOCKET_EVENTS_PER_SECOND: count.default(20),
  SOCKET_EVENTS_WAITING: count.default(64),
  SOCKET_FRAME_BYTES: count.default(16 * 1024),
  SOCKET_UNSENT_BYTES: count.default(1024 * 1024),
  SOCKET_PING: duration.default(25_000),
  SOCKET_DRAIN: duration.default(3000),
  POSITION_CHECK: duration.default(2000),
} as const;

/** @throws ConfigError naming every variable that is missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, { ...processEnv, ...redisEnv, ...edgeEnv });
  return {
    // The edge shows its health and metrics on its one port.
    process: { ...toProcessConfig(values, 'edge'), adminPort: undefined },
    redis: toRedisConfig(values),
    httpPort: values.HTTP_PORT,
    policy: values.EDGE_POLICY,
    timeLimits: {
      read: values.DEADLINE_READ,
      write: values.DEADLINE_WRITE,
      'sign-in': values.DEADLINE_SIGN_IN,
    },
    trustProxy: values.TRUST_PROXY,
    tokens: { issuer: values.TOKEN_ISSUER, audience: values.TOKEN_AUDIENCE },
    requestsPerSecond: values.REQUESTS_PER_SECOND,
    signInLimits: {
      accountAndAddress: values.SIGN_IN_FAILURES_PER_ACCOUNT_AND_ADDRESS,
      account: values.SIGN_IN_FAILURES_PER_ACCOUNT,
      address: values.SIGN_IN_FAILURES_PER_ADDRESS,
      windowMs: values.SIGN_IN_FAILURES_WINDOW,
      familiarMs: values.SIGN_IN_FAMILIAR,
    },
    accessLogSample: values.ACCESS_LOG_SAMPLE,
    serviceSecret: values.SERVICE_SECRET,
    allowedOrigins: values.ALLOWED_ORIGINS,
    socketLimits: {
      sockets: values.SOCKETS,
      roomsPerSocket: values.SOCKET_ROOMS,
      eventsPerSecond: values.SOCKET_EVENTS_PER_SECOND,
      eventsWaiting: values.SOCKET_EVENTS_WAITING,
      frameBytes: values.SOCKET_FRAME_BYTES,
      unsentBytes: values.SOCKET_UNSENT_BYTES,
      pingEveryMs: values.SOCKET_PING,
      drainMs: values.SOCKET_DRAIN,
    },
    positionCheckMs: values.POSITION_CHECK,
  };
}

function isOrigin(text: string): boolean {
  return text === LOCALHOST || (URL.canParse(text) && new URL(text).origin === text);
}

/** What Express takes for a range of proxies: a name for the usual ones, an address, or a network. */
function isProxyRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) > 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest))
  );
}
