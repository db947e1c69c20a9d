/** How long a method's calls lately took. */
export interface Pace {
  /** An attempt was answered after so many milliseconds. */
  observe(ms: number): void;
  /** The 95th percentile of the latest attempts in milliseconds; undefined until enough were seen. */
  readonly p95Ms: number | undefined;
}

/** Attempts that are remembered. */
const WINDOW = 200;
/** Attempts between two reckonings, and before the first one: the price of sorting is shared by that many. */
const EVERY = 40;
const SHARE = 0.95;

/** Makes a pace that nothing is known of. Nearest-rank percentile over a sliding window. */
export function createPace(): Pace {
  const window = new Float64Array(WINDOW);
  let seen = 0;
  let p95Ms: number | undefined;

  function reckon(): void {
    const sorted = window.slice(0, Math.min(seen, WINDOW)).sort();
    p95Ms = sorted[Math.ceil(sorted.length * SHARE) - 1];
  }

  return {
    observe(ms) {
      window[seen % WINDOW] = ms;
      seen += 1;
      if (seen % EVERY === 0) reckon();
    },
    get p95Ms() {
      return p95Ms;
    },
  };
}
