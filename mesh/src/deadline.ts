import { Fault } from './fault.js';

/** The longest delay that a Node timer keeps, in milliseconds: about 24.8 days. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Milliseconds left until a deadline (milliseconds since the epoch), never below zero. */
export function remainingMs(deadline: number, now: number = Date.now()): number {
  return Math.max(0, deadline - now);
}

/** The fault of a call whose time is over. */
export function deadlineExceeded(cause?: unknown): Fault {
  return new Fault('deadline_exceeded', 'DEADLINE_EXCEEDED', 'The request took too long', {}, { cause });
}

/** The fault of a call whose caller went away. */
export function cancelled(cause?: unknown): Fault {
  return new Fault('cancelled', 'CANCELLED', 'The request was cancelled', {}, { cause });
}

/**
 * Calls back once a deadline is over; returns how to call it off. Does not keep the process alive.
 *
 * @param deadline milliseconds since the epoch; Infinity never comes
 */
export function whenOver(deadline: number, over: () => void): () => void {
  if (deadline === Infinity) return () => undefined;
  const timer = setTimeout(over, Math.min(remainingMs(deadline), TIMER_MAX_MS));
  timer.unref();
  return () => clearTimeout(timer);
}

/**
 * The result of work, or the abort's reason if that comes first. The work itself goes on: what it opened must be
 * released by whoever began it.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    // Listened to in any case: work that fails when nobody waits for it any more must not go unheard.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Waits, or stops waiting when the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
