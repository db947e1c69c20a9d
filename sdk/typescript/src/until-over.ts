import { abortWith } from './abort-with.js';

/** What ends at a moment, or earlier when its caller leaves. */
export interface Limits {
  /** Milliseconds since the epoch; Infinity for never. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** The longest time that a timer can be set to. */
const FOREVER_MS = 2 ** 31 - 1;

/** Does what may take long with a signal that aborts when its time is over or its caller leaves. */
export async function untilOver<T>(
  { deadline, signal }: Limits,
  work: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const release = abortWith(over, signal);
  const leftMs = Math.min(FOREVER_MS, Math.max(0, deadline - Date.now()));
  const timer = setTimeout(() => over.abort(new Error('There is no time left')), leftMs);
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    release();
  }
}
