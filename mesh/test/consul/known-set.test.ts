import { expect } from 'chai';
import type { Instance } from '../../src/consul/instance.js';
import { advanceKnown, NOTHING_KNOWN, usable } from '../../src/consul/known-set.js';

const T = 1_000_000;

function instances(...ids: string[]): Instance[] {
  return ids.map((id, n) => ({ id, host: '127.0.0.1', port: 5000 + n, tags: [], metadata: {} }));
}

const ids = (list: readonly Instance[]) => list.map(({ id }) => id);

describe('the known set of instances', () => {
  const three = advanceKnown(NOTHING_KNOWN, instances('a', 'b', 'c'), T);

  it('takes what Consul names', () => {
    expect(ids(usable(three))).to.deep.equal(['a', 'b', 'c']);
  });

  it('keeps the last known good set when Consul names none', () => {
    expect(advanceKnown(three, [], T + 1)).to.equal(three);
  });

  it('stays the same value for the same answer in another order', () => {
    const [a, b, c] = instances('a', 'b', 'c') as [Instance, Instance, Instance];
    expect(advanceKnown(three, [c, a, b], T + 1)).to.equal(three);
  });

  it('drops one of three at once', () => {
    const two = advanceKnown(three, instances('a', 'b'), T + 1);
    expect(ids(usable(two))).to.deep.equal(['a', 'b']);
  });

  it('unites a set that lost more than half with the old one for 30 s', () => {
    const one = advanceKnown(three, instances('a'), T + 1);
    expect(ids(usable(one))).to.have.members(['a', 'b', 'c']);
    const later = advanceKnown(one, instances('a'), T + 30_002);
    expect(ids(usable(later))).to.deep.equal(['a']);
  });

  it('counts an instance as back when Consul names it again', () => {
    const one = advanceKnown(three, instances('a'), T + 1);
    const back = advanceKnown(one, instances('a', 'b'), T + 2);
    expect(ids(back.listed)).to.deep.equal(['a', 'b']);
    expect(ids(back.leaving)).to.deep.equal(['c']);
  });

  it('takes an instance that moved to another address', () => {
    const moved = [{ ...(instances('a')[0] as Instance), port: 6000 }, ...instances('a', 'b', 'c').slice(1)];
    expect(usable(advanceKnown(three, moved, T + 1))[0]?.port).to.equal(6000);
  });
});
