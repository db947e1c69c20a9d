import { expect } from 'chai';
import { createHedgeBudget } from '../../src/balance/hedge-budget.js';

describe('the hedge budget', () => {
  it('lets what a frozen instance held be hedged at once', () => {
    const budget = createHedgeBudget();
    for (let n = 0; n < 50; n++) expect(budget.withdraw()).to.equal(true);
    expect(budget.withdraw()).to.equal(false);
  });

  it('keeps hedges to a tenth of the calls in the long run', () => {
    const budget = createHedgeBudget();
    let hedges = 0;
    for (let call = 0; call < 10_000; call++) {
      budget.deposit();
      if (budget.withdraw()) hedges++;
    }
    expect(hedges).to.be.within(900, 1050);
  });
});
