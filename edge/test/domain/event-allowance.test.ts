import { expect } from 'chai';
import { createEventAllowance } from '../../src/domain/event-allowance.js';

const LIMITS = { perSecond: 20, waiting: 64 };

describe('the allowance of events', () => {
  it("gives a second's worth at once, and then as much each second", () => {
    const allowance = createEventAllowance(LIMITS);
    const judge = (now: number) => allowance.judge(now, 0);
    for (let n = 0; n < 20; n++) expect(judge(0)).to.equal('admitted');
    expect(judge(0)).to.equal('too-many');
    expect(judge(50)).to.equal('admitted');
    expect(judge(50)).to.equal('too-many');
  });

  it('admits a steady socket for ever', () => {
    const allowance = createEventAllowance(LIMITS);
    for (let now = 0; now < 600_000; now += 50) expect(allowance.judge(now, 0)).to.equal('admitted');
  });

  it('is done with a socket that goes on', () => {
    const allowance = createEventAllowance(LIMITS);
    const verdicts = Array.from({ length: 41 }, () => allowance.judge(0, 0));
    expect(verdicts.slice(20, 40).every((verdict) => verdict === 'too-many')).to.equal(true);
    expect(verdicts[40]).to.equal('going-on');
  });

  it('forgives a socket that paused', () => {
    const allowance = createEventAllowance(LIMITS);
    for (let round = 0; round < 10; round++)
      for (let n = 0; n < 35; n++) expect(allowance.judge(round * 2000, 0)).to.not.equal('going-on');
  });

  it('admits nothing while too much waits', () => {
    const allowance = createEventAllowance(LIMITS);
    expect(allowance.judge(0, 64)).to.equal('too-busy');
    expect(allowance.judge(0, 63)).to.equal('admitted');
  });
});
