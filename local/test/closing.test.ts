import { expect } from 'chai';
import { createClosing } from '../src/closing.js';

describe('closing', () => {
  it('runs backwards, once, and does not stop at a failure', async () => {
    const closed: string[] = [];
    const closing = createClosing();
    closing.add(async () => void closed.push('first'));
    closing.add(async () => {
      throw new Error('stuck');
    });
    closing.add(async () => void closed.push('last'));
    const results = await Promise.allSettled([closing.close(), closing.close()]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(closed).to.deep.equal(['last', 'first']);
  });

  it('keeps the error that it happens for', async () => {
    const cause = new Error('no disk');
    const orderly = createClosing();
    expect(await orderly.closeAfter(cause)).to.equal(cause);
    const stuck = createClosing();
    stuck.add(() => Promise.reject(new Error('stuck')));
    const both = await stuck.closeAfter(cause);
    expect(both).to.be.instanceOf(AggregateError).with.property('message', 'no disk');
  });
});
