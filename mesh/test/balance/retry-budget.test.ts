import { expect } from 'chai';
import { createRetryBudget } from '../../src/balance/retry-budget.js';

/** Attempts made for calls whose every attempt fails with the given probability, up to three attempts a call. */
function attemptsFor(calls: number, failing: (n: number) => boolean): number {
  const budget = createRetryBudget();
  let attempts = 0;
  for (let call = 0; call < calls; call++) {
    for (let tries = 0; tries < 3; tries++) {
      attempts++;
      if (!failing(attempts)) {
        budget.deposit();
        break;
      }
      if (!budget.withdraw()) break;
    }
  }
  return attempts;
}

describe('the retry budget', () => {
  it('allows a retry while failures are few', () => {
    expect(attemptsFor(1000, (n) => n % 100 === 0)).to.equal(1010);
  });

  it('keeps attempts below 1.2 times the calls when half of all attempts fail', () => {
    expect(attemptsFor(10_000, (n) => n % 2 === 0)).to.be.below(12_000);
  });

  it('stops retrying when everything fails', () => {
    expect(attemptsFor(1000, () => true)).to.be.below(1100);
  });
});
