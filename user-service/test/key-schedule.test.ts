import { expect } from 'chai';
import { dueAt, inOrder, publishedAt, retiredAt, signerAt } from '../src/domain/key-schedule.js';

describe('the schedule of signing keys', () => {
  const schedule = { rotationMs: 1000, leadMs: 100, retireMs: 300 };
  const [first, second, third] = [
    { kid: 'first', signsFrom: 0 },
    { kid: 'second', signsFrom: 1000 },
    { kid: 'third', signsFrom: 2000 },
  ] as const;
  const keys = inOrder([third, first, second]);
  const kidsAt = (now: number) => publishedAt(keys, now, schedule).map(({ kid }) => kid);

  it('signs with the latest key whose time has come', () => {
    expect(signerAt(keys, 999)).to.equal(first);
    expect(signerAt(keys, 1000)).to.equal(second);
    expect(signerAt(keys, 9999)).to.equal(third);
    expect(signerAt([], 0)).to.equal(undefined);
  });

  it('signs with the first key when this clock is behind the one that made it', () => {
    expect(signerAt(keys, -5)).to.equal(first);
  });

  it('publishes the signer first, what signs next, and what signed tokens that may still be good', () => {
    expect(kidsAt(500)).to.deep.equal(['first', 'second', 'third']);
    expect(kidsAt(1000)).to.deep.equal(['second', 'first', 'third']);
    expect(kidsAt(1299)).to.include('first');
    expect(kidsAt(1300)).to.deep.equal(['second', 'third']);
    expect(retiredAt(keys, 1300, schedule)).to.deep.equal([first]);
    expect(retiredAt(keys, 9999, schedule)).to.deep.equal([first, second]);
  });

  it('makes the first key at once, and each next one early enough to be known before it signs', () => {
    expect(dueAt([], 77, schedule)).to.equal(77);
    expect(dueAt([first], 899, schedule)).to.equal(undefined);
    expect(dueAt([first], 900, schedule)).to.equal(1000);
    expect(dueAt([first, second], 900, schedule)).to.equal(undefined);
  });

  it('gives the next key its lead even when nobody was there to make it in time', () => {
    expect(dueAt([first], 5000, schedule)).to.equal(5100);
  });

  it('puts keys of the same moment in the same order everywhere', () => {
    const twin = { kid: 'a-twin', signsFrom: 1000 };
    expect(inOrder([second, twin])).to.deep.equal(inOrder([twin, second]));
  });
});
