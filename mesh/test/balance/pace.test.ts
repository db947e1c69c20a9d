import { expect } from 'chai';
import { createPace } from '../../src/balance/pace.js';

describe('the pace of a method', () => {
  it('is not known from a few calls', () => {
    const pace = createPace();
    for (let n = 0; n < 39; n++) pace.observe(5);
    expect(pace.p95Ms).to.equal(undefined);
  });

  it('is the time that 95 of 100 calls do not exceed', () => {
    const pace = createPace();
    for (let ms = 1; ms <= 200; ms++) pace.observe(ms);
    expect(pace.p95Ms).to.equal(190);
  });

  it('follows the latest calls and forgets the ones before', () => {
    const pace = createPace();
    for (let n = 0; n < 400; n++) pace.observe(500);
    for (let n = 0; n < 200; n++) pace.observe(3);
    expect(pace.p95Ms).to.equal(3);
  });
});
