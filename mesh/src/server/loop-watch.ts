/** How often the event loop's wait is looked at, in milliseconds. */
const TICK_MS = 20;
/** A round lasts at least so long, in milliseconds, and takes at least so many looks: one alone proves no queue. */
const ROUND_MS = 100;
const TICKS_MIN = 2;

/** Watches how long work waits for the event loop, while it is switched on. */
export interface LoopWatch {
  /** Does nothing when it is already on. */
  start(): void;
  stop(): void;
}

/**
 * Makes a watch that is off. Switched on it costs one timer, however many calls there are, and does not keep the
 * process alive.
 *
 * @param onRound hears the shortest wait of each round, in milliseconds
 */
export function createLoopWatch(onRound: (standingMs: number) => void): LoopWatch {
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    if (timer !== undefined) return;
    let last = performance.now();
    let began = last;
    let ticks = 0;
    let standingMs = Infinity;
    timer = setInterval(() => {
      const now = performance.now();
      standingMs = Math.min(standingMs, Math.max(0, now - last - TICK_MS));
      last = now;
      if (++ticks < TICKS_MIN || now - began < ROUND_MS) return;
      onRound(standingMs);
      began = now;
      ticks = 0;
      standingMs = Infinity;
    }, TICK_MS).unref();
  }

  return {
    start,
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
