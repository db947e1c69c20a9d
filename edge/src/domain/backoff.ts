/** How long to wait before trying again, in milliseconds: a random part of a span that doubles with each failure. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures);
}

const SHORTEST_MS = 50;
const LONGEST_MS = 2000;

/** Waits, or stops waiting when the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
