import { Fault } from '@flight/mesh';
import type { Reason } from '@flight/proto/reason';
import type { CallLimits } from '../domain/call-limits.js';

/**
 * One turnstile a flight: so many statements are with the database at once, the others wait here in order.
 *
 * Statements that sell seats of one flight queue at its row's lock anyway, each holding a connection, and more of them
 * make each other slower. Waiting here costs nothing, leaves connections for other flights, and lets a caller who has
 * gone be dropped before his statement starts.
 */
export interface Turnstiles {
  /** Runs the work when it is its turn. Rejects with the signal's reason when that comes first. */
  pass<T>(key: string, call: CallLimits, work: () => Promise<T>): Promise<T>;
  /** How many wait at all turnstiles together. */
  waiting(): number;
}

export interface TurnstileLimits {
  /** How many are inside at once, of one key. */
  readonly width: number;
  /** How many wait, of one key, before others are sent away. */
  readonly queue: number;
}

interface Turnstile {
  inside: number;
  /** In order of arrival; calling one lets it in. */
  readonly queue: Set<() => void>;
}

export function createTurnstiles(limits: TurnstileLimits): Turnstiles {
  const turnstiles = new Map<string, Turnstile>();

  async function enter(key: string, call: CallLimits): Promise<Turnstile> {
    call.signal.throwIfAborted();
    const turnstile = turnstiles.get(key) ?? { inside: 0, queue: new Set() };
    turnstiles.set(key, turnstile);
    if (turnstile.inside < limits.width) turnstile.inside += 1;
    else if (turnstile.queue.size < limits.queue) await waitForTurn(turnstile.queue, call.signal);
    else throw queueFull();
    return turnstile;
  }

  function leave(key: string, turnstile: Turnstile): void {
    const [next] = turnstile.queue;
    if (next !== undefined) {
      // The place is handed over, so that nobody who comes just now overtakes.
      next();
      return;
    }
    turnstile.inside -= 1;
    if (turnstile.inside === 0) turnstiles.delete(key);
  }

  return {
    async pass(key, call, work) {
      const turnstile = await enter(key, call);
      try {
        return await work();
      } finally {
        leave(key, turnstile);
      }
    },

    waiting() {
      return [...turnstiles.values()].reduce((sum, turnstile) => sum + turnstile.queue.size, 0);
    },
  };
}

function waitForTurn(queue: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const letIn = () => {
      queue.delete(letIn);
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      queue.delete(letIn);
      reject(signal.reason);
    };
    queue.add(letIn);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

function queueFull(): Fault<Reason> {
  const message = 'Too many people are booking this flight at this moment';
  return new Fault<Reason>('resource_exhausted', 'BUSY', message, {}, { retryAfterMs: 1000 });
}
