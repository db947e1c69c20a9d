import { runAudit } from './audit.js';
import { runIncremental } from './incremental.js';
import type { FailureReason } from './part-failure.js';
import { runRebuild } from './rebuild.js';
import type { Run, RunPart } from './run.js';
import { createRunWork, type RunTools } from './run-work.js';
import { RunLost } from './runs.js';

/** How a run went. */
export interface RunResult {
  readonly parts: readonly RunPart[];
  /** Why parts failed, each reason once. */
  readonly reasons: ReadonlySet<FailureReason>;
}

const WAYS = { INCREMENTAL: runIncremental, REBUILD: runRebuild, AUDIT: runAudit } as const;

/**
 * Carries a run out.
 *
 * @throws the signal's reason when it aborts: whoever comes next takes the run up again
 */
export async function carryOut(run: Run, tools: RunTools, signal: AbortSignal): Promise<RunResult> {
  const fresh = await tools.warehouse.freshness(signal);
  const work = createRunWork(run, fresh, tools, signal);
  await tools.reached('run.begun');
  try {
    await WAYS[run.mode](work);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunLost) throw error;
    // What failed is nothing of one source's alone: the shadow could not be opened, say.
    await work.each(() => Promise.reject(error));
  }
  return { parts: work.logs.map(({ part }) => part), reasons: work.reasons };
}
