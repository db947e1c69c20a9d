import { type Logger, pause } from '@flight/mesh';
import type { Caller } from '../domain/caller.js';

/** What is done, how often, and how long it may take each time; times in milliseconds. */
export interface RepeatedWork {
  readonly work: (caller: Caller) => Promise<void>;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** What to say when it fails. */
  readonly complaint: string;
  readonly log: Logger;
}

/** Does something again and again, whether or not it fails, until closed. The first time is after one interval. */
export function repeatedly({ work, everyMs, timeoutMs, complaint, log }: RepeatedWork): {
  close(): Promise<void>;
} {
  const closing = new AbortController();

  async function once(): Promise<void> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      await work({ deadline: Date.now() + timeoutMs, signal });
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ err: error }, complaint);
    }
  }

  async function run(): Promise<void> {
    await pause(everyMs, closing.signal);
    while (!closing.signal.aborted) {
      await once();
      await pause(everyMs, closing.signal);
    }
  }

  const running = run();
  return {
    close() {
      closing.abort();
      return running;
    },
  };
}
