import { expect } from 'chai';
import { type Breaker, CLOSED } from '../../src/balance/breaker.js';
import { type Candidate, pick } from '../../src/balance/picker.js';

const NOW = 1_000_000;
const OPEN: Breaker = { state: 'open', until: NOW + 1000, cooldownMs: 5000 };

function candidate(id: string, given: Partial<Candidate> = {}): Candidate {
  return { id, breaker: CLOSED, weight: 1, outstanding: 0, oldestSince: undefined, ...given };
}

/** How often each candidate is picked in many picks with real randomness. */
function share(candidates: readonly Candidate[], picks = 3000): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < picks; n++) {
    const picked = pick(candidates, { now: NOW, random: Math.random });
    const id = picked.kind === 'none' ? 'none' : picked.candidate.id;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

describe('the picker', () => {
  it('has nothing to pick from an empty set', () => {
    expect(pick([], { now: NOW, random: Math.random })).to.deep.equal({ kind: 'none' });
  });

  it('spreads calls over idle instances', () => {
    const counts = share([candidate('a'), candidate('b'), candidate('c')]);
    for (const id of ['a', 'b', 'c']) expect(counts[id]).to.be.within(800, 1200);
  });

  it('never picks the busiest of three', () => {
    const counts = share([
      candidate('a', { outstanding: 3, oldestSince: NOW }),
      candidate('b', { outstanding: 1, oldestSince: NOW }),
      candidate('c', { outstanding: 2, oldestSince: NOW }),
    ]);
    expect(counts.a).to.equal(undefined);
    expect(counts.b).to.be.above(counts.c ?? 0);
  });

  it('avoids an instance whose oldest call has been in flight for long', () => {
    const frozen = candidate('frozen', { outstanding: 1, oldestSince: NOW - 400 });
    const busy = candidate('busy', { outstanding: 4, oldestSince: NOW - 5 });
    const random = () => 0;
    const picked = pick([frozen, busy], { now: NOW, random });
    expect(picked).to.deep.include({ kind: 'picked', candidate: busy });
  });

  it('passes over an instance whose breaker is open', () => {
    expect(share([candidate('a', { breaker: OPEN }), candidate('b'), candidate('c')]).a).to.equal(undefined);
  });

  it('panics when more than half are open: all are candidates again', () => {
    const counts = share([
      candidate('a', { breaker: OPEN }),
      candidate('b', { breaker: OPEN }),
      candidate('c'),
    ]);
    expect(Object.keys(counts)).to.have.members(['a', 'b', 'c']);
  });

  it('prefers an instance that this call has not tried', () => {
    const options = { now: NOW, random: Math.random, tried: new Set(['a', 'b']) };
    const busy = candidate('c', { outstanding: 100, oldestSince: NOW - 1000 });
    const picked = pick([candidate('a'), candidate('b'), busy], options);
    expect(picked).to.deep.include({ kind: 'picked', candidate: busy });
  });

  it('tries the same instance again when it is the only one', () => {
    const only = candidate('a');
    const picked = pick([only], { now: NOW, random: Math.random, tried: new Set(['a']) });
    expect(picked).to.deep.include({ kind: 'picked', candidate: only });
  });

  it('gives a pinned call its instance, or none', () => {
    const options = { now: NOW, random: Math.random };
    const [a, b] = [candidate('a'), candidate('b', { outstanding: 50, oldestSince: NOW })];
    expect(pick([a, b], { ...options, pinned: 'b' })).to.deep.include({ kind: 'picked', candidate: b });
    expect(pick([a, b], { ...options, pinned: 'z' })).to.deep.equal({ kind: 'none' });
  });

  it('refuses a pinned call while the breaker of its instance is open', () => {
    const open = candidate('a', { breaker: OPEN });
    const picked = pick([open], { now: NOW, random: Math.random, pinned: 'a' });
    expect(picked).to.deep.include({ kind: 'refused', candidate: open });
  });

  it('gives each instance its share by weight', () => {
    const counts = share([candidate('a', { weight: 8 }), candidate('b'), candidate('c')], 10_000);
    expect((counts.a ?? 0) / (counts.b ?? 1)).to.be.within(6, 10);
    expect((counts.b ?? 0) / (counts.c ?? 1)).to.be.within(0.8, 1.25);
  });
});
