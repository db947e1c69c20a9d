import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Cluster } from 'ioredis';
import type { RedisConfig } from '../config/process-config.js';
import { pause, untilAborted } from '../deadline.js';
import type { Logger } from '../log.js';
import { closeRedis, openRedis, type RedisClient, type RedisNode } from './open-redis.js';
import type { RedisMetrics } from './redis-metrics.js';
import { subscribe } from './subscribe.js';

/**
 * A pub/sub channel in Redis: one that loses messages whenever Redis, or the way to it, is away. In a cluster it is
 * sharded pub/sub, so that a message goes to the nodes of one shard and not to all.
 */
export interface RedisChannel {
  /** Whether what is sent is heard here at this moment, as far as is known. */
  readonly listening: boolean;
  /** Resolves once it is known for the first time whether messages are heard, at the latest after some seconds. */
  readonly settled: Promise<void>;
  /** Sends a message to all who listen, the sender too. Rejects within 100 ms when Redis does not take it. */
  send(message: string): Promise<void>;
  close(): Promise<void>;
}

/** What a channel is opened with. */
export interface RedisChannelOptions {
  readonly config: RedisConfig;
  /** The same in all processes that share the channel. */
  readonly name: string;
  /** Called with each message. Must not throw. */
  readonly heard: (message: string) => void;
  readonly log: Logger;
  /** Without it, nothing is measured. */
  readonly metrics?: RedisMetrics | undefined;
}

const RETRY_MS = 250;
/** How often a message to itself shows that the channel hears, in milliseconds. */
const ECHO_EVERY_MS = 2000;
/** How long Redis may take to connect, to subscribe, or to send an echo back, in milliseconds. */
const ANSWER_TIMEOUT_MS = 2000;

/**
 * Opens a channel in the background and keeps listening: what goes wrong is tried again from the start on a new
 * connection. A connection is believed only as long as echoes come back, for a broken one may say nothing at all.
 */
export function openRedisChannel({ config, name, heard, log, metrics }: RedisChannelOptions): RedisChannel {
  // The braces keep both in one slot, as sharded pub/sub asks for.
  const messages = `{${name}}`;
  const echoes = `{${name}}:echo`;
  const sharded = config.mode === 'cluster';
  const sender = openRedis(config, { log, metrics, purpose: name });
  const closing = new AbortController();
  const awaited = new Map<string, () => void>();
  let state: 'opening' | 'listening' | 'away' = 'opening';
  let attempts = 0;
  let settle = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });

  function become(next: 'listening' | 'away', error?: unknown): void {
    if (next === state) return;
    if (next === 'listening') log.info({ channel: name }, 'listening to Redis');
    else log.warn({ channel: name, err: error }, 'not listening to Redis');
    state = next;
    settle();
  }

  async function send(channel: string, message: string): Promise<void> {
    await (sharded ? sender.spublish(channel, message) : sender.publish(channel, message));
  }

  function receive(channel: string, message: string): void {
    if (channel === messages) heard(message);
    else awaited.get(message)?.();
  }

  async function echo(): Promise<void> {
    const message = randomUUID();
    const back = new Promise<void>((resolve) => awaited.set(message, resolve));
    try {
      await send(echoes, message);
      await back;
    } finally {
      awaited.delete(message);
    }
  }

  /** Another one each time: the last one asked may be the one that is gone. */
  function chooseNode(): RedisNode {
    const known = sender instanceof Cluster ? sender.nodes().map(({ options }) => options) : [];
    const nodes = [...known, ...config.nodes];
    const { host = '', port = 0 } = nodes[attempts++ % nodes.length] ?? {};
    return { host, port };
  }

  /** Listens until something goes wrong, and throws that. */
  async function listenOnce(attempt: AbortController): Promise<never> {
    const { signal } = attempt;
    const lost = () => attempt.abort(new Error('the connection to Redis ended'));
    const channels = [messages, echoes];
    const subscribing = subscribe({ config, node: chooseNode(), channels, receive, lost, signal });
    try {
      await inTime(attempt, Promise.all([subscribing, ready(sender, signal)]));
      for (;;) {
        await inTime(attempt, echo());
        become('listening');
        await pause(ECHO_EVERY_MS, signal);
      }
    } finally {
      // The subscription ends with the attempt.
      attempt.abort();
      awaited.clear();
    }
  }

  async function listen(): Promise<void> {
    while (!closing.signal.aborted) {
      const attempt = new AbortController();
      const giveUp = () => attempt.abort(closing.signal.reason);
      closing.signal.addEventListener('abort', giveUp, { once: true });
      await listenOnce(attempt).catch((error: unknown) => {
        if (!closing.signal.aborted) become('away', error);
      });
      closing.signal.removeEventListener('abort', giveUp);
      await pause(RETRY_MS, closing.signal);
    }
    settle();
  }

  const running = listen();
  return {
    settled,
    get listening() {
      return state === 'listening';
    },
    send: (message) => send(messages, message),
    async close() {
      closing.abort(new Error('the channel is closed'));
      await running;
      await closeRedis(sender);
    },
  };
}

/** The result of work, unless the attempt has failed or fails meanwhile, as it does when the work takes too long. */
async function inTime<T>(attempt: AbortController, work: Promise<T>): Promise<T> {
  const late = setTimeout(() => attempt.abort(new Error('Redis does not answer')), ANSWER_TIMEOUT_MS);
  try {
    return await untilAborted(work, attempt.signal);
  } finally {
    clearTimeout(late);
  }
}

async function ready(client: RedisClient, signal: AbortSignal): Promise<void> {
  if (client.status !== 'ready') await once(client, 'ready', { signal });
}
