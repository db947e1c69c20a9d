import type { RunPart, StepName } from './run.js';
import type { Count } from './warehouse.js';

/** How many differing rows are named at most. */
const MISMATCHES_MAX = 100;

/** What can happen to a part of a run. */
export type PartEvent =
  /** Begun, or begun once more; with what the warehouse has of the source. */
  | { readonly kind: 'begun'; readonly asOf: Date | undefined }
  | { readonly kind: 'step'; readonly step: StepName }
  | { readonly kind: 'stepped'; readonly step: StepName; readonly ms: number }
  | { readonly kind: 'taken'; readonly rows: number }
  /** Rows that an earlier attempt had stored aside: it may have died before it counted them. */
  | { readonly kind: 'found'; readonly rows: number }
  | { readonly kind: 'counted'; readonly counts: readonly Count[] }
  /** What analysts read is as of this moment now. */
  | { readonly kind: 'shown'; readonly asOf: Date }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'differs'; readonly mismatches: readonly string[] }
  | { readonly kind: 'succeeded' };

/** Moves a part of a run. What an earlier attempt did stays counted. */
export function movePart(part: RunPart, event: PartEvent): RunPart {
  switch (event.kind) {
    case 'begun':
      return { ...part, state: 'RUNNING', asOf: event.asOf, error: '', mismatches: [] };
    case 'step':
      return { ...part, step: event.step };
    case 'stepped':
      return { ...part, steps: addUp(part, event.step, event.ms) };
    case 'taken':
      return { ...part, rows: part.rows + event.rows };
    case 'found':
      return { ...part, rows: Math.max(part.rows, event.rows) };
    case 'counted':
      return { ...part, counts: event.counts };
    case 'shown':
      return { ...part, asOf: event.asOf };
    case 'failed':
      return { ...part, state: 'FAILED', error: event.error };
    case 'differs':
      return { ...part, mismatches: event.mismatches.slice(0, MISMATCHES_MAX) };
    case 'succeeded':
      return { ...part, state: 'SUCCEEDED', step: 'done' };
  }
}

function addUp({ steps }: RunPart, name: StepName, ms: number): RunPart['steps'] {
  const before = steps.find((step) => step.name === name);
  if (before === undefined) return [...steps, { name, ms }];
  return steps.map((step) => (step === before ? { name, ms: before.ms + ms } : step));
}
