/** How much is measured. */
export interface Effort {
  /** Length of a round, in seconds. */
  readonly seconds: number;
  /** Rounds of each side that count. */
  readonly rounds: number;
}

/**
 * Reads BENCH_SECONDS and BENCH_ROUNDS.
 *
 * @throws when one of them is no whole number from 1 to 600
 */
export function readEffort(env: NodeJS.ProcessEnv): Effort {
  return { seconds: readCount(env, 'BENCH_SECONDS', 5), rounds: readCount(env, 'BENCH_ROUNDS', 3) };
}

function readCount(env: NodeJS.ProcessEnv, name: string, usual: number): number {
  const value = Number(env[name] || usual);
  if (!Number.isInteger(value) || value < 1 || value > 600)
    throw new Error(`${name} takes a whole number from 1 to 600`);
  return value;
}
