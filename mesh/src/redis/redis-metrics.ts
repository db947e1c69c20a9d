import { Gauge, Histogram, type Registry } from 'prom-client';
import { RedisTimeout } from './command-timeout.js';
import { intercept } from './intercept.js';
import type { RedisClient } from './open-redis.js';
import { RedisPaused } from './redis-circuit.js';

/** What a process knows of its way to Redis. */
export interface RedisMetrics {
  readonly commands: Histogram<'command' | 'outcome'>;
  /** Who is connected now, by what the client is there for. */
  readonly clients: Map<string, RedisClient>;
}

/**
 * How a command ended: `timeout`: Redis did not answer in time; `failed`: it was away, or refused; `skipped`: it was not sent
 * because one before it had failed.
 */
export type RedisOutcome = 'ok' | 'timeout' | 'failed' | 'skipped';

/** Commands take a fraction of a millisecond, and 100 ms at most. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** Makes the metrics of a process' Redis clients. Once for each registry. */
export function createRedisMetrics(registry: Registry): RedisMetrics {
  const registers = [registry];
  const clients = new Map<string, RedisClient>();
  new Gauge({
    name: 'redis_connected',
    help: 'Whether a client of Redis can send commands, by what it is there for.',
    labelNames: ['client'],
    registers,
    collect() {
      for (const [client, { status }] of clients) this.set({ client }, status === 'ready' ? 1 : 0);
    },
  });
  return {
    clients,
    commands: new Histogram({
      name: 'redis_command_seconds',
      help: 'Time from the sending of a command to Redis to its answer or failure, redirections included.',
      labelNames: ['command', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
  };
}

/** Measures the commands of a client, which must be new. */
export function measureRedis(
  client: RedisClient,
  { clients, commands }: RedisMetrics,
  purpose: string,
): void {
  clients.set(purpose, client);
  intercept(client, (command, send) => {
    const began = performance.now();
    const end = (outcome: RedisOutcome) =>
      commands.observe({ command: command.name, outcome }, (performance.now() - began) / 1000);
    command.promise.then(
      () => end('ok'),
      (error: unknown) => end(toOutcome(error)),
    );
    return send();
  });
}

function toOutcome(error: unknown): RedisOutcome {
  if (error instanceof RedisPaused) return 'skipped';
  return error instanceof RedisTimeout ? 'timeout' : 'failed';
}
