import type { Source } from './source.js';
import type { Count } from './warehouse.js';

/** Load what changed; load everything anew and put it in place; load everything anew to compare only. */
export const MODES = ['INCREMENTAL', 'REBUILD', 'AUDIT'] as const;
export type Mode = (typeof MODES)[number];

export type RunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export type StepName = 'extract' | 'merge' | 'reconcile' | 'compare' | 'swap';

/** How long a step of a part took, all its turns together. */
export interface Step {
  readonly name: StepName;
  readonly ms: number;
}

/** What a run does with one source. */
export interface RunPart {
  readonly source: Source;
  readonly state: RunState;
  /** Empty before the first. */
  readonly step: StepName | 'done' | '';
  /** Changes that were taken from the source. */
  readonly rows: number;
  readonly steps: readonly Step[];
  /** Undefined before the first load. */
  readonly asOf: Date | undefined;
  readonly counts: readonly Count[];
  /** Why it failed, in a sentence; empty otherwise. */
  readonly error: string;
  /** Rows that differ, each as `fact_booking 17: missing`. */
  readonly mismatches: readonly string[];
}

/** A pass that brings the warehouse up to its sources. */
export interface Run {
  readonly id: number;
  readonly mode: Mode;
  readonly state: RunState;
  /** `schedule`, or who asked for it. */
  readonly trigger: string;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  /** Who carries it out, or did so last; empty while it waits. */
  readonly instance: string;
  /** How often it was begun. */
  readonly attempts: number;
  /** By the names of the sources. */
  readonly parts: readonly RunPart[];
}

/** The trigger of runs that nobody asked for. */
export const SCHEDULE = 'schedule';
/** The trigger of rebuilds that this service finds to be necessary. */
export const OWN_WISH = 'service:etl-service';

/** A run succeeds with all its parts. */
export function outcomeOf(parts: readonly RunPart[]): 'SUCCEEDED' | 'FAILED' {
  return parts.every(({ state }) => state === 'SUCCEEDED') ? 'SUCCEEDED' : 'FAILED';
}

/** Whether a run is one of the many that found nothing, which are not kept for long. */
export function isUneventful(run: Pick<Run, 'trigger'>, parts: readonly RunPart[]): boolean {
  return (
    run.trigger === SCHEDULE && outcomeOf(parts) === 'SUCCEEDED' && parts.every(({ rows }) => rows === 0)
  );
}
