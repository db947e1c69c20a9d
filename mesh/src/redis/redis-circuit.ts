import { ReplyError } from 'ioredis';
import { intercept } from './intercept.js';
import type { RedisClient } from './open-redis.js';

/** Why a command was not sent: one to the same part of Redis failed a moment ago. */
export class RedisPaused extends Error {
  override readonly name = 'RedisPaused';
  constructor() {
    super('Redis is left alone for a moment after a failure');
  }
}

/** Keeps a Redis that is away from costing every command its time-out. */
export interface RedisCircuit {
  /** Whether a command may be sent. Who was told yes says how it ended. */
  admit(): boolean;
  succeeded(): void;
  failed(): void;
}

type State =
  | { readonly kind: 'closed' }
  /** Commands are skipped until a time, in milliseconds on the clock. */
  | { readonly kind: 'open'; readonly until: number }
  /** One command is on its way to find out; the others are skipped. */
  | { readonly kind: 'probing' };

const CLOSED: State = { kind: 'closed' };

/**
 * @param pauseMs how long commands are skipped after one failed
 * @param now a clock, in milliseconds
 */
export function createRedisCircuit(pauseMs: number, now: () => number): RedisCircuit {
  let state = CLOSED;
  return {
    admit() {
      const next = admit(state, now());
      state = next ?? state;
      return next !== undefined;
    },
    succeeded() {
      state = CLOSED;
    },
    failed() {
      state = { kind: 'open', until: now() + pauseMs };
    },
  };
}

/** The state in which a command may go, undefined when it may not. */
function admit(state: State, now: number): State | undefined {
  switch (state.kind) {
    case 'closed':
      return state;
    case 'open':
      return now < state.until ? undefined : { kind: 'probing' };
    case 'probing':
      return undefined;
  }
}

/** How long a part of Redis is left alone after a failure, in milliseconds: half of what a recovery may cost besides. */
const PAUSE_MS = 500;
/**
 * Slots per circuit: 16 circuits for a cluster. Nodes own ranges of slots, so that most circuits belong to one node each,
 * and nobody has to know which.
 */
const SLOTS_PER_PART = 1024;

/**
 * Lets a client's commands fail at once while the part of Redis that has their keys is away, so that a request with several
 * commands waits for one of them at most. Commands without keys and those of pipelines go as they are. The client must be new.
 */
export function guardRedis(client: RedisClient): void {
  const circuits = new Map<number, RedisCircuit>();

  function circuitOf(slot: number): RedisCircuit {
    const part = client.isCluster ? Math.floor(slot / SLOTS_PER_PART) : 0;
    const circuit = circuits.get(part) ?? createRedisCircuit(PAUSE_MS, () => performance.now());
    circuits.set(part, circuit);
    return circuit;
  }

  intercept(client, (command, send, pipelined) => {
    // Null when there is no key, whatever the type says.
    const slot: number | null = command.getSlot();
    if (slot === null || pipelined) return send();
    const circuit = circuitOf(slot);
    if (!circuit.admit()) {
      command.reject(new RedisPaused());
      return command.promise;
    }
    command.promise.then(circuit.succeeded, (error: unknown) => {
      // A refusal is an answer, too.
      if (error instanceof ReplyError) circuit.succeeded();
      else circuit.failed();
    });
    return send();
  });
}
