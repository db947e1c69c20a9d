import type { Drill, DrillContext } from '../drill.js';
import { readCount } from '../read-count.js';

/** How much load a drill of the data makes. */
export interface DataContext extends DrillContext {
  /** Who want one of the hundred seats. */
  readonly bookers: number;
  /** Bookings that are broken off and repeated. */
  readonly rounds: number;
  /** How long Consul stays frozen, in seconds. */
  readonly freezeSeconds: number;
  /** How long the sources of the warehouse are written to, in seconds. */
  readonly loadSeconds: number;
}

export type DataDrill = Drill<DataContext>;

/**
 * Figures that the table of these drills has a column for, where a drill measures them: the longest time without an
 * acknowledged write; acknowledged writes, and those of them that are gone; reads that failed, and the slowest one.
 */
export const COLUMNS = ['gap ms', 'acknowledged', 'lost', 'reads failed', 'longest read ms'] as const;

/**
 * Reads DRILL_BOOKERS, DRILL_ROUNDS, DRILL_FREEZE_S and DRILL_LOAD_S.
 *
 * @throws when one of them is no whole number within its range
 */
export function readContext(env: NodeJS.ProcessEnv, report: (line: string) => void): DataContext {
  return {
    bookers: readCount(env, 'DRILL_BOOKERS', 10_000, [200, 15_000]),
    rounds: readCount(env, 'DRILL_ROUNDS', 1000, [20, 100_000]),
    freezeSeconds: readCount(env, 'DRILL_FREEZE_S', 60, [5, 600]),
    loadSeconds: readCount(env, 'DRILL_LOAD_S', 60, [10, 600]),
    report,
  };
}
