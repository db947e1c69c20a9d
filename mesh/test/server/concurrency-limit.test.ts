import { expect } from 'chai';
import { adaptLimit, lowestLimit } from '../../src/server/concurrency-limit.js';

const CALM = { standingMs: 2, peak: 300 };
const LATE = { standingMs: 80, peak: 300 };

describe('the limit on calls in flight', () => {
  it('stays at its ceiling while the event loop keeps up', () => {
    expect(adaptLimit(512, CALM, 512)).to.equal(512);
  });

  it('sinks below what was in flight when a wait stands', () => {
    expect(adaptLimit(512, LATE, 512)).to.equal(150);
    expect(adaptLimit(200, { ...LATE, standingMs: 26 }, 512)).to.equal(180);
  });

  it('never sinks so low that a few calls are refused', () => {
    let limit = 512;
    for (let round = 0; round < 100; round++) limit = adaptLimit(limit, LATE, 512);
    expect(limit).to.equal(64);
    expect(adaptLimit(8, LATE, 8)).to.equal(8);
    expect([lowestLimit(8), lowestLimit(512)]).to.deep.equal([8, 64]);
  });

  it('is back at its ceiling after 3 seconds without trouble', () => {
    let limit = 64;
    for (let round = 0; round < 30; round++) limit = adaptLimit(limit, CALM, 512);
    expect(limit).to.equal(512);
  });
});
