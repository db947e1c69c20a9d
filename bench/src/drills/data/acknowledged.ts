/** A write that was acknowledged, by what it wrote, and when, in milliseconds on this process's clock. */
export interface Acknowledged {
  readonly what: string;
  readonly atMs: number;
}

/** The longest time between two acknowledged writes, or from the beginning to the first, or from the last to the end. */
export function findLongestGapMs(
  acknowledged: readonly Acknowledged[],
  fromMs: number,
  toMs: number,
): number {
  const times = acknowledged
    .map(({ atMs }) => atMs)
    .filter((atMs) => atMs > fromMs && atMs < toMs)
    .sort((one, other) => one - other);
  const gaps = [...times, toMs].map((atMs, index) => atMs - (times[index - 1] ?? fromMs));
  return Math.max(...gaps);
}

/** What was acknowledged and is not there. */
export function findLost(
  acknowledged: readonly Acknowledged[],
  stored: ReadonlySet<string>,
): readonly string[] {
  return acknowledged.flatMap(({ what }) => (stored.has(what) ? [] : [what]));
}
