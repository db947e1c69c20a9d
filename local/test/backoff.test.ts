import { expect } from 'chai';
import { nextDelayMs, RESTART_BACKOFF } from '../src/processes/backoff.js';

describe('the back-off between restarts', () => {
  it('doubles from half a second up to thirty seconds', () => {
    const delays: number[] = [];
    for (let death = 0; death < 8; death += 1) delays.push(nextDelayMs(RESTART_BACKOFF, delays.at(-1), 10));
    expect(delays).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('begins again after a minute of life', () => {
    expect(nextDelayMs(RESTART_BACKOFF, 16_000, 59_999)).to.equal(30_000);
    expect(nextDelayMs(RESTART_BACKOFF, 16_000, 60_000)).to.equal(500);
  });
});
