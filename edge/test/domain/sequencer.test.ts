import { expect } from 'chai';
import type { FlightUpdate } from '../../src/domain/flight-updates.js';
import { createSequencer } from '../../src/domain/sequencer.js';

function update(sequence: number): FlightUpdate {
  return { flightCode: 'FL001', sequence, update: `news ${sequence}`, createdAt: 0 };
}

const numbersOf = (updates: readonly FlightUpdate[]) => updates.map(({ sequence }) => sequence);

describe('the sequencer', () => {
  it('passes on what is due, and keeps what comes too early', () => {
    const sequencer = createSequencer(5);
    expect(numbersOf(sequencer.offer(update(5)))).to.deep.equal([5]);
    expect(numbersOf(sequencer.offer(update(8)))).to.deep.equal([]);
    expect(numbersOf(sequencer.offer(update(7)))).to.deep.equal([]);
    expect(sequencer.isBehind).to.equal(true);
    expect(numbersOf(sequencer.offer(update(6)))).to.deep.equal([6, 7, 8]);
    expect(sequencer.isBehind).to.equal(false);
  });

  it('passes nothing on twice', () => {
    const sequencer = createSequencer(1);
    sequencer.offer(update(1));
    expect(sequencer.offer(update(1))).to.deep.equal([]);
    sequencer.offer(update(3));
    sequencer.offer(update(3));
    expect(numbersOf(sequencer.offer(update(2)))).to.deep.equal([2, 3]);
  });

  it('is behind once it hears that there is more', () => {
    const sequencer = createSequencer(1);
    sequencer.expect(0);
    expect(sequencer.isBehind).to.equal(false);
    sequencer.expect(2);
    expect(sequencer.isBehind).to.equal(true);
  });

  it('goes on after what can not be had any more', () => {
    const sequencer = createSequencer(1);
    sequencer.offer(update(2));
    sequencer.offer(update(6));
    expect(numbersOf(sequencer.skipTo(6))).to.deep.equal([6]);
    expect(sequencer.next).to.equal(7);
    expect(sequencer.skipTo(3)).to.deep.equal([]);
    expect(sequencer.next).to.equal(7);
  });

  it('bears more early ones than it keeps: the rest comes from the store', () => {
    const sequencer = createSequencer(1);
    for (let number = 5000; number > 1; number--) sequencer.offer(update(number));
    const passed = [...sequencer.offer(update(1))];
    expect(sequencer.isBehind).to.equal(true);
    for (let number = 1; number <= 5000; number++) passed.push(...sequencer.offer(update(number)));
    expect(numbersOf(passed)).to.deep.equal(Array.from({ length: 5000 }, (_, index) => index + 1));
  });
});
