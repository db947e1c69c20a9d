import { EtlMode, type EtlRun, type EtlRunPart, EtlRunState } from '@flight/proto/etl';

/** A run that took two and a half seconds, but for what is said. */
export function aRun(said: Partial<EtlRun>): EtlRun {
  return {
    id: 17,
    mode: EtlMode.REBUILD,
    state: EtlRunState.SUCCEEDED,
    trigger: 'service:operator',
    createTime: new Date('2026-03-04T05:06:06Z'),
    startTime: new Date('2026-03-04T05:06:06Z'),
    endTime: new Date('2026-03-04T05:06:08.500Z'),
    instance: 'etl_service_1',
    attempts: 1,
    parts: [],
    ...said,
  };
}

/** A part that went well, but for what is said. */
export function aPart(said: Partial<EtlRunPart>): EtlRunPart {
  return {
    source: 'booking-service',
    state: EtlRunState.SUCCEEDED,
    step: 'done',
    rows: 0,
    steps: [],
    asOf: new Date('2026-03-04T05:06:07Z'),
    counts: [],
    error: '',
    mismatches: [],
    ...said,
  };
}
