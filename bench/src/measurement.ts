/** What one round of load came to. A request may also be a delivery: the scenario says what is counted. */
export interface Round {
  readonly perSecond: number;
  /** NaN when single ones can't be timed, and so is p99Ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not what the scenario is about. */
  readonly unexpected: number;
  /** CPU time per request in microseconds, by process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

/** The same load several times over: each figure's median, and how far apart the rates were. */
export interface Measurement extends Round {
  readonly name: string;
  readonly perSecondMin: number;
  readonly perSecondMax: number;
  /** What an idle socket adds to the server's memory, in KiB, where the scenario is about sockets. */
  readonly kibPerSocket?: number;
  /** Nanoseconds, where the scenario is about the picker. */
  readonly nsPerPick?: number;
  /** Of this rate to that of what it is compared with, where there is one such thing. */
  readonly ratio?: number;
  /** Seconds of each step of the median round, where a round has steps. */
  readonly stepSeconds?: Readonly<Record<string, number>>;
}

/** Sums rounds up by their medians, which one disturbed round does not move. */
export function summarize(name: string, rounds: readonly Round[]): Measurement {
  const rates = rounds.map(({ perSecond }) => perSecond);
  const processes = Object.keys(rounds[0]?.cpuMicros ?? {});
  return {
    name,
    perSecond: median(rates),
    perSecondMin: Math.min(...rates),
    perSecondMax: Math.max(...rates),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    unexpected: rounds.reduce((sum, { unexpected }) => sum + unexpected, 0),
    cpuMicros: Object.fromEntries(
      processes.map((process) => [process, median(rounds.map(({ cpuMicros }) => cpuMicros[process] ?? 0))]),
    ),
  };
}

/** The middle value; of an even number of values, the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The value that a share of all values does not exceed (nearest rank). NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
