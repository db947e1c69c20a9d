/** Waits so many milliseconds, or until the signal aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done, { once: true });
  });
}

/** Exponential back-off with full jitter: at most `firstMs` after one failure, doubling up to `maxMs`. */
export function backOffMs(failures: number, firstMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, firstMs * 2 ** (failures - 1));
}

/** Up to a quarter more, so that many clients do not ask in step. */
export function jittered(ms: number): number {
  return ms * (1 + Math.random() / 4);
}
