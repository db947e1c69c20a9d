import { expect } from 'chai';
import { createWatches } from '../src/domain/watch.js';
import { refusalBy, refusalOf } from './support/refusal.js';

const PATIENT_MS = 10_000;
const never = new AbortController().signal;

function updateOf(sequence: number) {
  return { flightCode: 'FL001', sequence, text: 'x', createdAt: new Date(0) };
}

describe('a watch', () => {
  it('gives what is announced in order, whether it waits for it or not', async () => {
    const watches = createWatches(10);
    const watch = watches.open();
    for (const sequence of [1, 2]) watches.announce(updateOf(sequence));
    expect(await watch.next(PATIENT_MS, never)).to.deep.equal(updateOf(1));
    expect(await watch.next(PATIENT_MS, never)).to.deep.equal(updateOf(2));
    const waiting = watch.next(PATIENT_MS, never);
    watches.announce(updateOf(3));
    expect(await waiting).to.deep.equal(updateOf(3));
  });

  it('of one flight gives that one’s alone', async () => {
    const watches = createWatches(1);
    const [one, all] = [watches.open('FL001'), watches.open()];
    watches.announce({ ...updateOf(1), flightCode: 'FL002' });
    expect(await all.next(PATIENT_MS, never)).to.include({ flightCode: 'FL002' });
    watches.announce(updateOf(2));
    for (const watch of [one, all]) expect(await watch.next(PATIENT_MS, never)).to.deep.equal(updateOf(2));
  });

  it('gives nothing when nothing comes for so long', async () => {
    expect(await createWatches(10).open().next(5, never)).to.equal(undefined);
  });

  it('holds as many as it may, and ends with the next one, keeping none', async () => {
    const watches = createWatches(3);
    const [slow, quick] = [watches.open(), watches.open()];
    for (const sequence of [1, 2, 3, 4, 5]) {
      watches.announce(updateOf(sequence));
      expect(await quick.next(PATIENT_MS, never)).to.deep.equal(updateOf(sequence));
    }
    const refusal = await refusalOf(slow.next(PATIENT_MS, never));
    expect(refusal).to.include({ kind: 'resource_exhausted', reason: 'BUSY', retryAfterMs: 0 });
    expect(await refusalOf(slow.next(PATIENT_MS, never))).to.equal(refusal);
  });

  it('ends when all are closed, and none can be opened then', async () => {
    const watches = createWatches(10);
    const waiting = refusalOf(watches.open().next(PATIENT_MS, never));
    watches.close();
    expect(await waiting).to.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
    expect(refusalBy(() => watches.open())).to.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
  });

  it('stops waiting when its caller goes away', async () => {
    const gone = new AbortController();
    const waiting = createWatches(10).open().next(PATIENT_MS, gone.signal);
    const reason = new Error('gone');
    gone.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
  });

  it('is forgotten when it is closed', () => {
    const watches = createWatches(10);
    const opened = [watches.open(), watches.open('FL001'), watches.open('FL001')];
    expect(watches.size).to.equal(3);
    for (const watch of [...opened, ...opened]) watch.close();
    expect(watches.size).to.equal(0);
  });
});
