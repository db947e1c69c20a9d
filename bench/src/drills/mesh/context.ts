import type { Drill, DrillContext } from '../drill.js';
import { readCount } from '../read-count.js';

/** How much load a drill of the mesh makes. */
export interface MeshContext extends DrillContext {
  /** Calls of a drill that counts calls. */
  readonly calls: number;
  /** How long a server stays frozen in the longest drill, in seconds. */
  readonly freezeSeconds: number;
}

export type MeshDrill = Drill<MeshContext>;

/**
 * Reads DRILL_CALLS and DRILL_FREEZE_S.
 *
 * @throws when one of them is no whole number within its range
 */
export function readContext(env: NodeJS.ProcessEnv, report: (line: string) => void): MeshContext {
  return {
    calls: readCount(env, 'DRILL_CALLS', 10_000, [500, 1_000_000]),
    freezeSeconds: readCount(env, 'DRILL_FREEZE_S', 60, [5, 600]),
    report,
  };
}
