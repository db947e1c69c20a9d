import type { CallLimits } from './call-limits.js';
import type { PageRequest } from './page.js';
import type { Mode, Run, RunPart } from './run.js';
import type { Source } from './source.js';

/** Somebody's wish for a run. */
export interface RunWish {
  readonly mode: Mode;
  /** Who asks: `user:17`, `service:booking-service`. */
  readonly requester: string;
  /** Unique to the requester. */
  readonly requestId: string;
}

/** The runs as callers see them. */
export interface RunBook {
  /**
   * Queues a run, or answers the one that waits, or the one that the same request asked for before.
   *
   * @throws Fault REQUEST_ID_REUSED
   */
  ask(wish: RunWish, limits: CallLimits): Promise<Run>;
  find(id: number, limits: CallLimits): Promise<Run | undefined>;
  /** Runs, latest first, up to one more than the page holds; the position is the last one's id. */
  list(page: PageRequest<number>, limits: CallLimits): Promise<readonly Run[]>;
}

/** What there is to do. */
export interface Outlook {
  /** Runs that wait, or that nobody may be carrying out any more. */
  readonly open: number;
  /** When the latest run was begun that has been. */
  readonly begunAt: Date | undefined;
}

/** The runs as the one process sees them that carries them out. Methods reject when the database is away. */
export interface RunJournal {
  look(): Promise<Outlook>;
  /**
   * Begins the oldest run that a process has died over, else the one that has waited longest.
   *
   * @param modes which runs may be begun
   */
  beginOldest(modes: readonly Mode[]): Promise<Run | undefined>;
  beginScheduled(): Promise<Run>;
  /** Queues a run that this service finds to be necessary, unless one of its mode waits. */
  queueOwn(mode: Mode): Promise<void>;
  /**
   * Stores a part of a run that is being carried out.
   *
   * @throws RunLost when another process has begun it since
   */
  storePart(run: Run, part: RunPart): Promise<void>;
  /**
   * Ends a run.
   *
   * @throws RunLost when another process has begun it since
   */
  end(run: Run, parts: readonly RunPart[]): Promise<void>;
  /** The last part of a source before a run that was reconciled. */
  findReconciled(source: Source, before: Run): Promise<RunPart | undefined>;
  /** Drops runs that are too old to be of interest. */
  prune(): Promise<void>;
}

/** Another process carries the run out. */
export class RunLost extends Error {
  override readonly name = 'RunLost';
}
