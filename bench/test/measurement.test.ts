import { expect } from 'chai';
import { median, percentile, summarize } from '../src/measurement.js';

describe('measurements', () => {
  it('have the middle value as their median', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([1, 2, 3, 10])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });

  it('have percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, n) => n + 1);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).to.deep.equal([
      50, 99, 100,
    ]);
  });

  it('are not moved by one disturbed round', () => {
    const round = { p50Ms: 1, p99Ms: 2, unexpected: 0, cpuMicros: { edge: 100 } };
    const summary = summarize('search', [
      { ...round, perSecond: 1000 },
      { ...round, perSecond: 10, p99Ms: 900 },
      { ...round, perSecond: 1010 },
    ]);
    expect(summary).to.deep.include({ perSecond: 1000, p99Ms: 2, perSecondMin: 10, perSecondMax: 1010 });
  });
});
