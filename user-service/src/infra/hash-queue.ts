import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Caller } from '../domain/caller.js';

/** How much may be hashed at a time, and how long may be waited for it. */
export interface HashQueueOptions {
  /** Hashes that run at the same time. */
  readonly slots: number;
  /** Longest wait that is let in, in milliseconds: whoever would have to wait longer is refused at once. */
  readonly maxWaitMs: number;
  readonly now: () => number;
}

/** A line before expensive work that is as short as the wait that is bearable. */
export interface HashQueue {
  /**
   * Looks whether the wait would be bearable, without getting in line.
   *
   * @throws Fault SIGN_IN_BUSY when it would not
   */
  requireRoom(caller: Caller): void;
  /**
   * Runs work when a slot is free.
   *
   * @throws Fault SIGN_IN_BUSY at once, when the wait would be too long; the signal's reason, when the caller goes
   *   away while waiting: the work is then never begun
   */
  run<T>(work: () => Promise<T>, caller: Caller): Promise<T>;
  /** How many are in line. */
  waiting(): number;
}

/** What a hash is expected to take before any was measured, in milliseconds. */
const FIRST_GUESS_MS = 25;
/** Weight of the latest measurement in the moving average. */
const NEWEST_WEIGHT = 0.2;

/** Makes an empty queue. First come, first served. */
export function createHashQueue({ slots, maxWaitMs, now }: HashQueueOptions): HashQueue {
  const line = new Set<() => void>();
  let running = 0;
  let hashMs = FIRST_GUESS_MS;

  /** Time until a newcomer's turn: all before it, at the pace of late. */
  function expectedWaitMs(): number {
    return running < slots ? 0 : ((line.size + 1) * hashMs) / slots;
  }

  function requireRoom(caller: Caller): void {
    const waitMs = expectedWaitMs();
    const bearableMs = Math.min(maxWaitMs, caller.deadline - now() - hashMs);
    if (waitMs === 0 || waitMs <= bearableMs) return;
    throw signInBusy(Math.ceil(waitMs));
  }

  /** Resolves when it is the caller's turn; the slot is then already taken. */
  function turn({ signal }: Caller): Promise<void> {
    if (running < slots) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        line.delete(enter);
        reject(signal.reason);
      };
      line.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the slot to the next in line, or gives it back. */
  function passOn(): void {
    const [next] = line;
    if (!next) {
      running -= 1;
      return;
    }
    line.delete(next);
    next();
  }

  return {
    requireRoom,
    async run(work, caller) {
      caller.signal.throwIfAborted();
      requireRoom(caller);
      await turn(caller);
      const begunAt = now();
      try {
        return await work();
      } finally {
        hashMs += NEWEST_WEIGHT * (now() - begunAt - hashMs);
        passOn();
      }
    },
    waiting: () => line.size,
  };
}

function signInBusy(retryAfterMs: number): Fault<Reason> {
  const message = 'Too many sign-ins at this moment. Try again soon.';
  return new Fault('resource_exhausted', 'SIGN_IN_BUSY', message, {}, { retryAfterMs });
}
