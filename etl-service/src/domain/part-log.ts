import type { RunPart, StepName } from './run.js';
import { movePart, type PartEvent } from './run-part.js';
import type { Source } from './source.js';

/** Told of what goes on, for those who measure. */
export interface RunObserver {
  rows(source: Source, rows: number): void;
  step(source: Source, step: StepName, ms: number): void;
}

/** A part of a run as it moves, stored where everybody can see it. */
export interface PartLog {
  readonly part: RunPart;
  /** Moves the part; it is stored soon. */
  note(event: PartEvent): void;
  /** Carries out a step; that it is under way is stored first. */
  step<T>(step: StepName, work: () => Promise<T>): Promise<T>;
  /** Stores the part as it is now. */
  save(): Promise<void>;
}

export interface PartLogOptions {
  readonly part: RunPart;
  readonly store: (part: RunPart) => Promise<void>;
  readonly observer: RunObserver;
  /** Milliseconds of a clock that is never put back. */
  readonly elapsedMs: () => number;
}

/** A part that moves often is stored at most so often, in milliseconds. */
const STORE_EVERY_MS = 500;

export function createPartLog(options: PartLogOptions): PartLog {
  const { store, observer, elapsedMs } = options;
  let { part } = options;
  let storedAt = Number.NEGATIVE_INFINITY;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let storing: Promise<void> = Promise.resolve();

  function note(event: PartEvent): void {
    part = movePart(part, event);
    if (event.kind === 'taken') observer.rows(part.source, event.rows);
    if (event.kind === 'stepped') observer.step(part.source, event.step, event.ms);
    if (event.kind === 'taken') saveSoon();
  }

  /** Only to be seen: a load does not wait for it, and where it fails the next `save` says so. */
  function saveSoon(): void {
    const waitMs = Math.max(0, storedAt + STORE_EVERY_MS - elapsedMs());
    soon ??= setTimeout(() => void save().catch(() => undefined), waitMs);
  }

  /** One after the other, or what was would overwrite what is. */
  function save(): Promise<void> {
    clearTimeout(soon);
    soon = undefined;
    storedAt = elapsedMs();
    const next = () => store(part);
    storing = storing.then(next, next);
    return storing;
  }

  return {
    get part() {
      return part;
    },
    note,
    save,
    async step(step, work) {
      note({ kind: 'step', step });
      await save();
      const beganAt = elapsedMs();
      try {
        return await work();
      } finally {
        note({ kind: 'stepped', step, ms: elapsedMs() - beganAt });
      }
    },
  };
}
