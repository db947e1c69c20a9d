import type { Reached } from './boundary.js';
import type { ChangeFeed } from './changes.js';
import { describeDisagreements } from './difference.js';
import type { LoadParts } from './load-source.js';
import { type FailureReason, PartFailure, toPartFailure } from './part-failure.js';
import { createPartLog, type PartLog, type RunObserver } from './part-log.js';
import type { Run, RunPart } from './run.js';
import { RunLost } from './runs.js';
import type { Source } from './source.js';
import type { Warehouse } from './warehouse.js';

/** What carrying out runs takes. */
export interface RunTools {
  readonly warehouse: Warehouse;
  readonly feeds: Readonly<Record<Source, ChangeFeed>>;
  readonly chunkRows: number;
  readonly observer: RunObserver & { failed(source: Source, failure: PartFailure): void };
  /** Stores a part of a run; throws when the run is somebody else's by now. */
  readonly store: (run: Run, part: RunPart) => Promise<void>;
  /** The last part of a source before this run that was reconciled. */
  readonly findReconciled: (source: Source, before: Run) => Promise<RunPart | undefined>;
  readonly reached: Reached;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly elapsedMs: () => number;
}

/** A run that is being carried out, each source by itself: that one fails keeps no other from being loaded. */
export interface RunWork {
  readonly run: Run;
  readonly tools: RunTools;
  readonly signal: AbortSignal;
  readonly logs: readonly PartLog[];
  /** Why parts have failed, each reason once. */
  readonly reasons: ReadonlySet<FailureReason>;
  toLoad(log: PartLog): LoadParts & Pick<RunTools, 'warehouse'>;
  /**
   * Carries out work for all parts that have not failed, at once. What one throws fails that part.
   *
   * @throws the signal's reason when it aborts
   */
  each(work: (log: PartLog) => Promise<void>): Promise<void>;
  /** Tells of a failure; the part goes on. */
  tell(log: PartLog, error: unknown): PartFailure;
}

/** @param fresh up to when the warehouse has each source */
export function createRunWork(
  run: Run,
  fresh: ReadonlyMap<Source, Date>,
  tools: RunTools,
  signal: AbortSignal,
): RunWork {
  const { observer, elapsedMs } = tools;
  const reasons = new Set<FailureReason>();
  const logs = run.parts.map((part) => {
    const log = createPartLog({ part, store: (moved) => tools.store(run, moved), observer, elapsedMs });
    log.note({ kind: 'begun', asOf: fresh.get(part.source) });
    return log;
  });

  function tell(log: PartLog, error: unknown): PartFailure {
    const failure = toPartFailure(error);
    reasons.add(failure.reason);
    observer.failed(log.part.source, failure);
    return failure;
  }

  async function attempt(log: PartLog, work: (log: PartLog) => Promise<void>): Promise<void> {
    try {
      await work(log);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RunLost) throw error;
      log.note({ kind: 'failed', error: tell(log, error).message });
      await log.save();
    }
  }

  return {
    run,
    tools,
    signal,
    logs,
    reasons,
    tell,
    toLoad: (log) => ({ ...tools, feed: tools.feeds[log.part.source], log, signal }),
    async each(work) {
      const going = logs.filter(({ part }) => part.state === 'RUNNING');
      // All are waited for, whatever one throws: no load may go on when its run has ended.
      const ends = await Promise.allSettled(going.map((log) => attempt(log, work)));
      signal.throwIfAborted();
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}

/** @throws PartFailure when source and warehouse disagree */
export async function assertAgreed(log: PartLog): Promise<void> {
  await log.step('reconcile', async () => {
    const disagreements = describeDisagreements(log.part.counts);
    if (disagreements !== '') throw new PartFailure('mismatch', disagreements);
  });
}

export async function succeed(log: PartLog): Promise<void> {
  log.note({ kind: 'succeeded' });
  await log.save();
}
