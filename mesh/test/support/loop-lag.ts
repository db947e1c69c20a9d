/** How late the event loop was in all since it is watched: what a busy machine adds to whatever is measured meanwhile. */
export interface LoopLag {
  /** Milliseconds. */
  totalMs(): number;
  stop(): void;
}

const TICK_MS = 10;

/** Watches the event loop until it is stopped. */
export function watchLoopLag(): LoopLag {
  let last = performance.now();
  let late = 0;
  const overdueMs = () => Math.max(0, performance.now() - last - TICK_MS);
  const timer = setInterval(() => {
    late += overdueMs();
    last = performance.now();
  }, TICK_MS);
  return {
    // A timer of what is measured may fire before the watch's own.
    totalMs: () => late + overdueMs(),
    stop: () => clearInterval(timer),
  };
}
