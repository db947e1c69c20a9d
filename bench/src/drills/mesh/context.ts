import type { DrillContext } from './drill.js';

/**
 * Reads DRILL_CALLS and DRILL_FREEZE_S.
 *
 * @throws when one of them is no whole number within its range
 */
export function readContext(env: NodeJS.ProcessEnv, report: (line: string) => void): DrillContext {
  return {
    calls: readCount(env, 'DRILL_CALLS', 10_000, [500, 1_000_000]),
    freezeSeconds: readCount(env, 'DRILL_FREEZE_S', 60, [5, 600]),
    report,
  };
}

function readCount(
  env: NodeJS.ProcessEnv,
  name: string,
  usual: number,
  [least, most]: readonly [number, number],
): number {
  const value = Number(env[name] || usual);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} takes a whole number from ${least} to ${most}`);
  return value;
}
