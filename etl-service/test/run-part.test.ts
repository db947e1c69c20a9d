import { expect } from 'chai';
import { areOffAlike, describeDisagreements } from '../src/domain/difference.js';
import { isUneventful, outcomeOf, type RunPart } from '../src/domain/run.js';
import { movePart, type PartEvent } from '../src/domain/run-part.js';

const QUEUED: RunPart = {
  source: 'booking-service',
  state: 'QUEUED',
  step: '',
  rows: 0,
  steps: [],
  asOf: undefined,
  counts: [],
  error: '',
  mismatches: [],
};

function after(...events: readonly PartEvent[]): RunPart {
  return events.reduce(movePart, QUEUED);
}

const begun: PartEvent = { kind: 'begun', asOf: new Date(0) };

describe('a part of a run', () => {
  it('keeps what an earlier attempt counted, and forgets why that one failed', () => {
    const part = after(
      begun,
      { kind: 'taken', rows: 10 },
      { kind: 'differs', mismatches: ['fact_booking 7: missing'] },
      { kind: 'failed', error: 'The load failed' },
      begun,
      { kind: 'taken', rows: 5 },
    );
    expect(part).to.deep.include({ state: 'RUNNING', rows: 15, error: '', mismatches: [] });
  });

  it('counts rows once that an earlier attempt stored aside, whether it had told of them or not', () => {
    expect(after(begun, { kind: 'found', rows: 8 }).rows).to.equal(8);
    expect(after(begun, { kind: 'taken', rows: 8 }, { kind: 'found', rows: 8 }).rows).to.equal(8);
  });

  it('adds up the turns of a step', () => {
    const { steps } = after(
      { kind: 'stepped', step: 'extract', ms: 3 },
      { kind: 'stepped', step: 'merge', ms: 5 },
      { kind: 'stepped', step: 'extract', ms: 4 },
    );
    expect(steps).to.deep.equal([
      { name: 'extract', ms: 7 },
      { name: 'merge', ms: 5 },
    ]);
  });

  it('names a hundred rows at most', () => {
    const mismatches = Array.from({ length: 101 }, (_, id) => `fact_booking ${id}: missing`);
    expect(after({ kind: 'differs', mismatches }).mismatches).to.deep.equal(mismatches.slice(0, 100));
  });
});

describe('a run', () => {
  const succeeded = after(begun, { kind: 'succeeded' });
  const failed = after(begun, { kind: 'failed', error: 'The load failed' });
  const eventful = after(begun, { kind: 'taken', rows: 1 }, { kind: 'succeeded' });

  it('succeeds with all its parts, and fails with one', () => {
    expect(outcomeOf([succeeded, eventful])).to.equal('SUCCEEDED');
    expect(outcomeOf([succeeded, failed])).to.equal('FAILED');
  });

  it('is uneventful when nobody asked for it, nothing was found and nothing failed', () => {
    expect(isUneventful({ trigger: 'schedule' }, [succeeded, succeeded])).to.equal(true);
    expect(isUneventful({ trigger: 'user:17' }, [succeeded, succeeded])).to.equal(false);
    expect(isUneventful({ trigger: 'schedule' }, [succeeded, eventful])).to.equal(false);
    expect(isUneventful({ trigger: 'schedule' }, [succeeded, failed])).to.equal(false);
  });
});

describe('a difference between source and warehouse', () => {
  const bookings = { name: 'bookings', source: 10, warehouse: 9 };
  const amount = { name: 'booked_amount', source: 100, warehouse: 100 };

  it('is told by the figures that disagree', () => {
    expect(describeDisagreements([bookings, amount])).to.equal(
      'bookings 10 at the source, 9 in the warehouse',
    );
    expect(describeDisagreements([amount])).to.equal('');
  });

  it('is the same while the figures are off by the same, however they grow', () => {
    const later = [amount, { name: 'bookings', source: 15, warehouse: 14 }];
    expect(areOffAlike([bookings, amount], later)).to.equal(true);
    expect(areOffAlike([bookings, amount], [{ name: 'bookings', source: 15, warehouse: 13 }])).to.equal(
      false,
    );
    expect(areOffAlike([bookings], [{ ...bookings, name: 'flights' }])).to.equal(false);
  });
});
