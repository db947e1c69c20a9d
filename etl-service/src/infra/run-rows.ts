import type { Mode, Run, RunPart, RunState, Step } from '../domain/run.js';
import type { Source } from '../domain/source.js';
import type { Count } from '../domain/warehouse.js';

/** A run with its parts, as `RUN_COLUMNS` reads it. */
export interface RunRow {
  readonly id: number;
  readonly mode: Mode;
  readonly state: RunState;
  readonly trigger: string;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly instance: string;
  readonly attempts: number;
  readonly parts: readonly PartJson[];
}

/** A part as `PART_JSON` reads it. */
export interface PartJson {
  readonly source: Source;
  readonly state: RunState;
  readonly step: RunPart['step'];
  readonly rows: number;
  readonly steps: readonly Step[];
  /** ISO 8601. */
  readonly as_of: string | null;
  readonly counts: readonly Count[];
  readonly error: string;
  readonly mismatches: readonly string[];
}

/** A part of alias `p` as one JSON value. */
export const PART_JSON = `
  jsonb_build_object('source', p.source, 'state', p.state, 'step', p.step, 'rows', p.rows, 'steps', p.steps,
                     'as_of', p.as_of, 'counts', p.counts, 'error', p.error, 'mismatches', p.mismatches)`;

/** The select list of a run of alias `r`. */
export const RUN_COLUMNS = `
  r.id, r.mode, r.state, r.trigger, r.created_at, r.started_at, r.ended_at, r.instance, r.attempts,
  (select jsonb_agg(${PART_JSON} order by p.source) from etl.run_part p where p.run_id = r.id) as parts`;

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    mode: row.mode,
    state: row.state,
    trigger: row.trigger,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    instance: row.instance,
    attempts: row.attempts,
    parts: row.parts.map(toPart),
  };
}

export function toPart({ as_of: asOf, ...part }: PartJson): RunPart {
  return { ...part, asOf: asOf === null ? undefined : new Date(asOf) };
}
