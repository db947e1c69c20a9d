import { once } from 'node:events';
import type { RedisConfig } from '../config/process-config.js';
import { openSubscriber, type RedisNode } from './open-redis.js';

/** How many nodes may send a subscriber on to another one. */
const REDIRECTIONS = 3;

/** What it takes to subscribe. */
export interface SubscribeOptions {
  readonly config: RedisConfig;
  /** The node that is asked first; in a cluster it says which one has the channels. */
  readonly node: RedisNode;
  /** In a cluster all of them in one slot: it is sharded pub/sub there. */
  readonly channels: readonly string[];
  /** Called with each message. Must not throw. */
  readonly receive: (channel: string, message: string) => void;
  /** Called when the connection is lost after it was subscribed with. */
  readonly lost: () => void;
  /** Ends the subscription, or the attempt at it. */
  readonly signal: AbortSignal;
}

/**
 * Subscribes on one connection to one node, which never comes back when it is lost. (ioredis' own sharded subscribers mend
 * themselves behind one's back, and say nothing of what they missed meanwhile.)
 *
 * @throws what the node answers; the signal's reason
 */
export async function subscribe(options: SubscribeOptions): Promise<void> {
  let { node } = options;
  for (let redirections = 0; ; redirections += 1) {
    try {
      return await subscribeAt(node, options);
    } catch (error) {
      const moved = toMoved(error);
      if (moved === undefined || redirections === REDIRECTIONS) throw error;
      node = moved;
    }
  }
}

async function subscribeAt(node: RedisNode, options: SubscribeOptions): Promise<void> {
  const { config, channels, receive, lost, signal } = options;
  const sharded = config.mode === 'cluster';
  signal.throwIfAborted();
  const subscriber = openSubscriber(config, node);
  const end = () => subscriber.disconnect();
  signal.addEventListener('abort', end, { once: true });
  subscriber.once('end', () => signal.removeEventListener('abort', end));
  subscriber.on(sharded ? 'smessage' : 'message', receive);
  try {
    await once(subscriber, 'ready', { signal });
    await (sharded ? subscriber.ssubscribe(...channels) : subscriber.subscribe(...channels));
    subscriber.once('end', lost);
  } catch (error) {
    subscriber.disconnect();
    throw error;
  }
}

/** The node that an error names: `MOVED 3999 127.0.0.1:6381`. */
function toMoved(error: unknown): RedisNode | undefined {
  const [, host, port] = /^MOVED \d+ (.+):(\d+)$/.exec(error instanceof Error ? error.message : '') ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
