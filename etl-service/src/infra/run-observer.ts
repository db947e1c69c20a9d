import type { Logger } from '@flight/mesh';
import { outcomeOf, type Run, type RunPart } from '../domain/run.js';
import type { RunTools } from '../domain/run-work.js';
import type { RunMetrics } from './run-metrics.js';

/** Measures what runs do, and logs what went wrong with all that is known about it. */
export function createRunObserver(metrics: RunMetrics, log: Logger): RunTools['observer'] {
  return {
    rows: metrics.rows,
    step: metrics.step,
    failed(source, failure) {
      metrics.failed(source, failure.reason);
      const { reason } = failure;
      if (reason === 'internal') log.error({ err: failure, source, reason }, 'a source could not be loaded');
      else log.warn({ err: failure, source, reason }, 'a source could not be loaded');
    },
  };
}

/** Measures and logs how runs ended; of those that found nothing there are too many for the log. */
export function createEndTeller(
  metrics: Pick<RunMetrics, 'ended'>,
  log: Logger,
): (run: Run, parts: readonly RunPart[]) => void {
  return ({ id, mode, trigger, attempts }, parts) => {
    const outcome = outcomeOf(parts);
    metrics.ended(mode, outcome);
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const line = { run: id, mode, trigger, attempts, rows };
    if (outcome === 'FAILED') log.warn({ ...line, errors: toErrors(parts) }, 'a run failed');
    else if (rows > 0 || mode !== 'INCREMENTAL') log.info(line, 'a run succeeded');
  };
}

function toErrors(parts: readonly RunPart[]): Readonly<Record<string, string>> {
  return Object.fromEntries(parts.flatMap(({ source, error }) => (error === '' ? [] : [[source, error]])));
}
