import { EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import { describeOutcome, describeProgress } from '../../src/ask/describe-run.js';
import { aPart, aRun } from './runs.js';

describe('a run in words', () => {
  it('tells each step with its time, and what was counted', () => {
    const steps = [
      { name: 'extract', duration: { seconds: 1, nanos: 250_000_000 } },
      { name: 'merge', duration: { seconds: 0, nanos: 500_000_000 } },
    ];
    const counts = [{ name: 'bookings', source: 100_000, warehouse: 100_000 }];
    expect(describeOutcome(aRun({ parts: [aPart({ rows: 100_000, steps, counts })] }))).to.deep.equal([
      'booking-service succeeded: 100,000 rows (extract 1.3 s, merge 0.5 s), as of 2026-03-04T05:06:07.000Z',
      '  bookings 100,000',
      'run 17 succeeded in 2.5 s',
    ]);
  });

  it('tells why a part has failed, which figures differ and which rows', () => {
    const state = EtlRunState.FAILED;
    const part = aPart({
      state,
      asOf: undefined,
      error: 'bookings differ.',
      counts: [{ name: 'bookings', source: 3, warehouse: 2 }],
      mismatches: ['fact_booking 17: missing'],
    });
    expect(describeOutcome(aRun({ state, parts: [part] }))).to.deep.equal([
      'booking-service FAILED: 0 rows, as of never',
      '  bookings differ.',
      '  bookings DIFFERS: 3 at the source, 2 in the warehouse',
      '  fact_booking 17: missing',
      'run 17 FAILED in 2.5 s',
    ]);
  });

  it('tells who goes on with a run that was begun before', () => {
    const run = aRun({ state: EtlRunState.RUNNING, instance: 'etl_service_2', attempts: 2 });
    expect(describeProgress(run)).to.equal('run 17 (etl_service_2, attempt 2): begins');
  });
});
