import { type EtlRun, type EtlRunPart, EtlRunState, type EtlStep } from '@flight/proto/etl';

/** Where a run stands, on one line: `run 17: booking-service extract 50,000 rows, user-service done 12 rows`. */
export function describeProgress({ id, state, instance, attempts, parts }: EtlRun): string {
  if (state === EtlRunState.QUEUED) return `run ${id}: waits for its turn`;
  const steps = parts.map(({ source, step, rows }) => `${source} ${step} ${formatCount(rows)} rows`);
  const again = attempts > 1 ? `, attempt ${attempts}` : '';
  return `run ${id} (${instance}${again}): ${steps.join(', ') || 'begins'}`;
}

/** What became of a run: a line for each part with what was counted below it, and one for the whole. */
export function describeOutcome(run: EtlRun): string[] {
  const outcome = run.state === EtlRunState.SUCCEEDED ? 'succeeded' : 'FAILED';
  return [
    ...run.parts.flatMap(describePart),
    `run ${run.id} ${outcome} in ${formatSeconds(secondsBetween(run.startTime, run.endTime))}`,
  ];
}

function describePart({ source, state, rows, steps, asOf, counts, error, mismatches }: EtlRunPart): string[] {
  const outcome = state === EtlRunState.SUCCEEDED ? 'succeeded' : 'FAILED';
  const times = steps.map(describeStep).join(', ');
  return [
    `${source} ${outcome}: ${formatCount(rows)} rows${times && ` (${times})`}, as of ${asOf?.toISOString() ?? 'never'}`,
    ...(error === '' ? [] : [`  ${error}`]),
    ...counts.map(({ name, source: there, warehouse: here }) =>
      there === here
        ? `  ${name} ${formatCount(there)}`
        : `  ${name} DIFFERS: ${formatCount(there)} at the source, ${formatCount(here)} in the warehouse`,
    ),
    ...mismatches.map((mismatch) => `  ${mismatch}`),
  ];
}

function describeStep({ name, duration }: EtlStep): string {
  return `${name} ${formatSeconds((duration?.seconds ?? 0) + (duration?.nanos ?? 0) / 1e9)}`;
}

function secondsBetween(start: Date | undefined, end: Date | undefined): number {
  return start === undefined || end === undefined ? 0 : (end.getTime() - start.getTime()) / 1000;
}

function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
