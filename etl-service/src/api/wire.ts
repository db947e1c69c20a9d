import { type EtlRun, EtlMode as WireMode, EtlRunState as WireState } from '@flight/proto/etl';
import type { Mode, Run, RunPart, RunState, Step } from '../domain/run.js';

const MODE: Readonly<Record<Mode, WireMode>> = {
  INCREMENTAL: WireMode.INCREMENTAL,
  REBUILD: WireMode.REBUILD,
  AUDIT: WireMode.AUDIT,
};

const STATE: Readonly<Record<RunState, WireState>> = {
  QUEUED: WireState.QUEUED,
  RUNNING: WireState.RUNNING,
  SUCCEEDED: WireState.SUCCEEDED,
  FAILED: WireState.FAILED,
};

export function toWireRun(run: Run): EtlRun {
  const { createdAt, startedAt, endedAt, mode, state, parts, ...rest } = run;
  return {
    ...rest,
    mode: MODE[mode],
    state: STATE[state],
    createTime: createdAt,
    startTime: startedAt,
    endTime: endedAt,
    parts: parts.map(toWirePart),
  };
}

function toWirePart({ state, steps, asOf, ...rest }: RunPart): EtlRun['parts'][number] {
  return { ...rest, state: STATE[state], steps: steps.map(toWireStep), asOf };
}

function toWireStep({ name, ms }: Step) {
  const seconds = Math.trunc(ms / 1000);
  return { name, duration: { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) } };
}
