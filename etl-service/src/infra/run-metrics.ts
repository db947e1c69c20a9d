import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { FAILURE_REASONS, type FailureReason } from '../domain/part-failure.js';
import type { Mode, StepName } from '../domain/run.js';
import { SOURCES, type Source } from '../domain/source.js';

/** What this instance does. */
export interface RunMetrics {
  rows(source: Source, rows: number): void;
  step(source: Source, step: StepName, ms: number): void;
  failed(source: Source, reason: FailureReason): void;
  running(running: boolean): void;
  ended(mode: Mode, outcome: 'SUCCEEDED' | 'FAILED'): void;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export function createRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const rows = new Counter({
    name: 'etl_rows_total',
    help: 'Changes that this instance took from the source and stored aside.',
    labelNames: ['source'],
    registers,
  });
  const steps = new Histogram({
    name: 'etl_step_duration_seconds',
    help: 'How long the steps of runs took: extract, merge, reconcile, compare, swap.',
    labelNames: ['source', 'step'],
    buckets: SECONDS,
    registers,
  });
  const failures = new Counter({
    name: 'etl_part_failures_total',
    help: 'Parts of runs that failed here, and why.',
    labelNames: ['source', 'reason'],
    registers,
  });
  // A rate tells nothing of a counter's first value: each is there from the beginning.
  for (const source of SOURCES) for (const reason of FAILURE_REASONS) failures.inc({ source, reason }, 0);
  const running = new Gauge({
    name: 'etl_running',
    help: 'Whether this instance is carrying out a run: 1 or 0.',
    registers,
  });
  const runs = new Counter({
    name: 'etl_runs_total',
    help: 'Runs that ended here: succeeded, failed.',
    labelNames: ['mode', 'outcome'],
    registers,
  });
  return {
    rows: (source, count) => rows.inc({ source }, count),
    step: (source, step, ms) => steps.observe({ source, step }, ms / 1000),
    failed: (source, reason) => failures.inc({ source, reason }),
    running: (is) => running.set(is ? 1 : 0),
    ended: (mode, outcome) => runs.inc({ mode: mode.toLowerCase(), outcome: outcome.toLowerCase() }),
  };
}
