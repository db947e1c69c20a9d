import { expect } from 'chai';
import { type Broadcast, type Receipt, summarizeTallies, tallyMember } from '../src/drills/tally.js';

/** Broadcasts that were sent and acknowledged one after the other: text n at 10 n, answered 5 later. */
const BROADCASTS: readonly Broadcast[] = [1, 2, 3, 4].map((n) => ({
  flightCode: 'FL001',
  text: String(n),
  sentAtMs: 10 * n,
  acknowledgedAtMs: 10 * n + 5,
}));

/** Receipts of texts under the numbers of their places, each 100 after the last. */
function receive(...texts: readonly number[]): readonly Receipt[] {
  return texts.map((text, i) => ({ seq: text, text: String(text), atMs: 100 * (i + 1) }));
}

describe('the tally of a drill', () => {
  it('finds nothing when all came once and in order', () => {
    const tally = tallyMember(receive(1, 2, 3, 4), BROADCASTS);
    expect(tally).to.include({ received: 4, lost: 0, twice: 0, outOfOrder: 0 });
    expect(tally.delaysMs).to.deep.equal([90, 180, 270, 360]);
  });

  it('counts what was acknowledged and never came', () => {
    expect(tallyMember(receive(1, 4), BROADCASTS)).to.include({ lost: 2, twice: 0, outOfOrder: 0 });
    expect(tallyMember([], BROADCASTS).lost).to.equal(4);
  });

  it('does not miss what was not acknowledged, and lets it come once', () => {
    const broadcasts = BROADCASTS.map((one) => ({ ...one, acknowledgedAtMs: undefined }));
    expect(tallyMember([], broadcasts).lost).to.equal(0);
    expect(tallyMember(receive(2, 2), broadcasts).twice).to.equal(1);
  });

  it('counts what came twice, by its number or by its text', () => {
    expect(tallyMember(receive(1, 2, 2, 3, 4), BROADCASTS)).to.include({ twice: 1, lost: 0 });
    const renumbered = [...receive(1, 2, 3, 4), { seq: 5, text: '4', atMs: 900 }];
    expect(tallyMember(renumbered, BROADCASTS).twice).to.equal(1);
  });

  it('counts what came behind a later number', () => {
    expect(tallyMember(receive(1, 3, 2, 4), BROADCASTS)).to.include({ outOfOrder: 1, twice: 0, lost: 0 });
  });

  it('counts what is numbered below one that was acknowledged before it was sent', () => {
    const swapped = [
      { seq: 1, text: '2', atMs: 100 },
      { seq: 2, text: '1', atMs: 200 },
    ];
    expect(tallyMember(swapped, BROADCASTS.slice(0, 2)).outOfOrder).to.equal(1);
  });

  it('shows the worst member of each kind', () => {
    const tallies = [receive(1, 2, 3, 4), receive(1, 4), receive(1, 1, 2, 3, 4)].map((receipts) =>
      tallyMember(receipts, BROADCASTS),
    );
    const { worst, received } = summarizeTallies(tallies);
    expect(worst).to.deep.equal({ lost: 2, twice: 1, outOfOrder: 0 });
    expect(received).to.equal(11);
  });
});
