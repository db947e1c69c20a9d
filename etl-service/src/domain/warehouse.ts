import type { Changes, Checkpoint } from './changes.js';
import type { Source } from './source.js';

/** `live` is what analysts read; `shadow` is built beside it, for a rebuild or an audit. */
export type StarName = 'live' | 'shadow';

/** A figure that source and warehouse must agree on, both as of the checkpoint. */
export interface Count {
  readonly name: string;
  readonly source: number;
  readonly warehouse: number;
}

/** How far a source has been taken over. */
export interface Progress {
  /** Where to go on; empty before the first change. */
  readonly token: string;
  /** Changes that are staged and not merged yet. */
  readonly staged: number;
  /** The checkpoint that the staged changes end with, when they are a complete window that waits for its merge. */
  readonly complete: Checkpoint | undefined;
}

export interface Merged {
  /** Changes that were merged. */
  readonly rows: number;
  readonly counts: readonly Count[];
}

/**
 * The loading of one source into one star, by one process at a time: it holds the source's advisory lock on the one
 * connection that it writes with, so that whoever has lost the lock can write no more.
 */
export interface SourceLoad {
  progress(): Promise<Progress>;
  /** Stores changes aside and moves the staged token, both or neither. Nobody sees them yet. */
  stage(changes: Changes, token: string, checkpoint: Checkpoint | undefined): Promise<void>;
  /**
   * Merges the complete window that is staged into the star, moves the position, empties the stage and counts, all in
   * one transaction.
   */
  merge(): Promise<Merged>;
  close(): Promise<void>;
}

/** The warehouse as runs use it. */
export interface Warehouse {
  /**
   * Sees to it that the live star is there.
   *
   * @returns `ready`; `outdated` when it has the shape of an earlier version of this service and must be rebuilt;
   * `newer` when a later version of this service made it
   */
  prepare(signal: AbortSignal): Promise<'ready' | 'outdated' | 'newer'>;
  /**
   * Opens the loading of a source.
   *
   * @returns undefined when another process is loading it
   */
  open(star: StarName, source: Source, signal: AbortSignal): Promise<SourceLoad | undefined>;
  /** Makes an empty shadow for a run, or keeps the one that the same run left half-done. */
  openShadow(runId: number, signal: AbortSignal): Promise<void>;
  /** Puts the shadow in the place of the live star, at once for all who read. */
  swap(signal: AbortSignal): Promise<void>;
  dropShadow(signal: AbortSignal): Promise<void>;
  /**
   * The rows of a source that differ between the live star and the shadow: by each row's key, `fact_booking 17`, the
   * whole sentence that says what is wrong about it, `fact_booking 17: missing`. At most 1000.
   */
  compare(source: Source, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Up to when the live star has each source's changes. */
  freshness(signal: AbortSignal): Promise<ReadonlyMap<Source, Date>>;
}
