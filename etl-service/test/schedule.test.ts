import { expect } from 'chai';
import { dueInMs, isThereWork } from '../src/domain/schedule.js';

const NOW = 1_000_000;
const begun = (agoMs: number, open = 0) => ({ open, begunAt: new Date(NOW - agoMs) });

describe('the schedule', () => {
  it('reckons from the beginning of the last run, whoever carried it out', () => {
    expect(dueInMs(begun(300), 1000, NOW)).to.equal(700);
    expect(dueInMs(begun(1200), 1000, NOW)).to.equal(-200);
    expect(dueInMs({ open: 0, begunAt: undefined }, 1000, NOW)).to.equal(0);
  });

  it('bears clocks that differ a little, and does not wait for one that is far ahead', () => {
    expect(dueInMs(begun(-200), 1000, NOW)).to.equal(1200);
    expect(dueInMs(begun(-3_600_000), 1000, NOW)).to.equal(0);
  });

  it('leaves work that is open, and what is due', () => {
    expect(isThereWork(begun(0, 1), 1000, NOW)).to.equal(true);
    expect(isThereWork(begun(1000), 1000, NOW)).to.equal(true);
    expect(isThereWork(begun(999), 1000, NOW)).to.equal(false);
  });

  it('never comes where there is none', () => {
    expect(isThereWork(begun(1_000_000), undefined, NOW)).to.equal(false);
    expect(isThereWork(begun(0, 1), undefined, NOW)).to.equal(true);
  });
});
