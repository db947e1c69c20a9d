import { expect } from 'chai';
import {
  admits,
  advanceBreaker,
  type Breaker,
  type BreakerEvent,
  CLOSED,
} from '../../src/balance/breaker.js';

const T = 1_000_000;

function after(breaker: Breaker, events: readonly BreakerEvent[], now = T): Breaker {
  return events.reduce((state, event) => advanceBreaker(state, event, now), breaker);
}

const FIVE_FAILURES: readonly BreakerEvent[] = ['failed', 'failed', 'failed', 'failed', 'failed'];

describe('a circuit breaker', () => {
  it('opens at the fifth failure in a row and not before', () => {
    expect(after(CLOSED, FIVE_FAILURES.slice(1)).state).to.equal('closed');
    expect(after(CLOSED, FIVE_FAILURES).state).to.equal('open');
  });

  it('forgets failures when a call succeeds between them', () => {
    const interrupted: BreakerEvent[] = [
      'failed',
      'failed',
      'failed',
      'failed',
      'succeeded',
      'failed',
      'failed',
    ];
    expect(after(CLOSED, interrupted).state).to.equal('closed');
  });

  it('is not moved by calls that were abandoned', () => {
    const abandoned: BreakerEvent[] = Array.from({ length: 50 }, () => 'abandoned');
    expect(after(CLOSED, abandoned)).to.deep.equal(CLOSED);
  });

  it('refuses while its cooldown lasts, then admits exactly one probe', () => {
    const open = after(CLOSED, FIVE_FAILURES);
    expect(admits(open, T + 4999)).to.equal(false);
    expect(admits(open, T + 5000)).to.equal(true);
    const probing = advanceBreaker(open, 'began', T + 5000);
    expect(probing.state).to.equal('half-open');
    expect(admits(probing, T + 60_000)).to.equal(false);
  });

  it('closes when the probe succeeds and is as new', () => {
    const probing = advanceBreaker(after(CLOSED, FIVE_FAILURES), 'began', T + 5000);
    expect(advanceBreaker(probing, 'succeeded', T + 5001)).to.deep.equal(CLOSED);
  });

  it('doubles its cooldown with each probe that fails, up to a minute', () => {
    let breaker = after(CLOSED, FIVE_FAILURES);
    const cooldowns: number[] = [];
    for (let now = T; cooldowns.length < 6; ) {
      if (breaker.state !== 'open') throw new Error('expected an open breaker');
      cooldowns.push(breaker.until - now);
      now = breaker.until;
      breaker = after(breaker, ['began', 'failed'], now);
    }
    expect(cooldowns).to.deep.equal([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('lets another probe through when the first was abandoned', () => {
    const open = after(CLOSED, FIVE_FAILURES);
    const abandoned = after(open, ['began', 'abandoned'], T + 5000);
    expect(admits(abandoned, T + 5000)).to.equal(true);
  });

  it('is not opened further by the failures of calls that began before it opened', () => {
    const open = after(CLOSED, FIVE_FAILURES);
    expect(advanceBreaker(open, 'failed', T + 4000)).to.deep.equal(open);
  });
});
