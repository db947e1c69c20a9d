import { expect } from 'chai';
import type { FlightHistory, FlightUpdate, HistoryWish } from '../src/domain/flight-update.js';
import { type FollowMessage, followUpdates } from '../src/domain/follow-updates.js';
import { createWatches, type Watches } from '../src/domain/watch.js';
import { refusalOf } from './support/refusal.js';

const never = new AbortController().signal;
const FLIGHT = 'FL001';

function updateOf(sequence: number): FlightUpdate {
  return { flightCode: FLIGHT, sequence, text: 'x', createdAt: new Date(0) };
}

/** Updates in memory: how many are stored, and the oldest that is kept. */
interface Stored {
  latest: number;
  oldest: number;
  /** How often it was read. */
  reads: number;
  /** How often of these it had to be up to date. */
  readsUpToDate: number;
  /** What happens while it is being read, after what it answers was looked up. */
  meanwhile: () => void;
}

/** Numbers that look random and are the same each time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('following a flight', () => {
  let stored: Stored;
  let watches: Watches;

  beforeEach(() => {
    stored = { latest: 0, oldest: 1, reads: 0, readsUpToDate: 0, meanwhile: () => undefined };
    watches = createWatches(5);
  });

  async function list({ flightCode, after, limit, upToDate }: HistoryWish): Promise<FlightHistory> {
    stored.reads += 1;
    if (upToDate) stored.readsUpToDate += 1;
    const first = Math.max(after + 1, stored.oldest);
    const count = Math.max(0, Math.min(limit, stored.latest - first + 1));
    const updates = Array.from({ length: count }, (_, place) => updateOf(first + place));
    const position = { flightCode, latestSequence: stored.latest, oldestSequence: stored.oldest };
    stored.meanwhile();
    return { updates, position };
  }

  function follow(afterSequence?: number, keepAliveMs = 60_000, signal = never) {
    return followUpdates({ watches, list, keepAliveMs }, { flightCode: FLIGHT, afterSequence }, signal);
  }

  function announce(...sequences: readonly number[]): void {
    for (const sequence of sequences) watches.announce(updateOf(sequence));
  }

  function publish(): void {
    stored.latest += 1;
    announce(stored.latest);
  }

  async function take(following: AsyncGenerator<FollowMessage>): Promise<FollowMessage> {
    return (await following.next()).value;
  }

  /** The numbers of the next updates, and `-` for each message that only says that nothing happened. */
  async function takeNumbers(following: AsyncGenerator<FollowMessage>, count: number) {
    const numbers: (number | string)[] = [];
    while (numbers.length < count) {
      const message = await take(following);
      numbers.push(message.kind === 'update' ? message.update.sequence : '-');
    }
    return numbers;
  }

  const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

  it('misses nothing that is announced while the store is being read', async () => {
    stored.meanwhile = () => {
      stored.meanwhile = () => undefined;
      publish();
    };
    const following = follow();
    expect(await take(following)).to.deep.include({ kind: 'began' });
    expect(await takeNumbers(following, 1)).to.deep.equal([1]);
    expect(stored.reads).to.equal(1);
  });

  it('begins with what is up to date alone, for a follower believes the position; later a look may be late', async () => {
    const following = follow(0);
    await take(following);
    stored.latest = 2;
    announce(2);
    expect(await takeNumbers(following, 2)).to.deep.equal([1, 2]);
    expect(stored).to.include({ reads: 2, readsUpToDate: 1 });
  });

  it('gives announcements that are due without reading the store, and no other flight’s', async () => {
    stored.latest = 3;
    const following = follow(3);
    await take(following);
    watches.announce({ ...updateOf(4), flightCode: 'FL002' });
    for (let i = 0; i < 4; i += 1) publish();
    expect(await takeNumbers(following, 4)).to.deep.equal([4, 5, 6, 7]);
    expect(stored.reads).to.equal(1);
  });

  it('reads the store when one is missing, and gives none twice', async () => {
    const following = follow(0);
    await take(following);
    stored.latest = 4;
    announce(1, 1, 4, 3, 2);
    expect(await takeNumbers(following, 4)).to.deep.equal(upTo(4));
    publish();
    expect(await takeNumbers(following, 1)).to.deep.equal([5]);
    expect(stored.reads).to.equal(2);
  });

  it('reads the store when it is told nothing for so long, even if old ones are repeated without end', async () => {
    const following = follow(0, 20);
    publish();
    await take(following);
    expect(await takeNumbers(following, 1)).to.deep.equal([1]);
    stored.latest = 2;
    const repeating = setInterval(() => announce(1), 1);
    expect(await takeNumbers(following, 2)).to.deep.equal(['-', 2]);
    clearInterval(repeating);
  });

  it('goes on from the store when more is announced than is kept for it', async () => {
    const following = follow(0);
    await take(following);
    for (let i = 0; i < 200; i += 1) publish();
    expect(await takeNumbers(following, 200)).to.deep.equal(upTo(200));
  });

  it('goes on with what is kept when it was trimmed beyond where it was', async () => {
    stored = { ...stored, latest: 130, oldest: 20 };
    const following = follow(2);
    expect(await take(following)).to.deep.equal({
      kind: 'began',
      position: { flightCode: FLIGHT, latestSequence: 130, oldestSequence: 20 },
    });
    expect(await takeNumbers(following, 111)).to.deep.equal(upTo(130, 20));
    Object.assign(stored, { latest: 140, oldest: 141 });
    publish();
    expect(await takeNumbers(following, 1)).to.deep.equal([141]);
  });

  it('waits for higher numbers when it is to begin after one that is not there yet', async () => {
    stored.latest = 4;
    const following = follow(6);
    expect(await take(following)).to.deep.include({ kind: 'began' });
    for (let i = 0; i < 4; i += 1) publish();
    expect(await takeNumbers(following, 2)).to.deep.equal([7, 8]);
  });

  it('gives each once and in order, whatever becomes of the announcements', async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = randomNumbers(seed);
      stored = { latest: 0, oldest: 1, reads: 0, readsUpToDate: 0, meanwhile: () => undefined };
      const distort = () => {
        while (random() < 0.7 && stored.latest < 300) {
          stored.latest += 1;
          while (random() < 0.6) announce(1 + Math.floor(random() * stored.latest));
          if (random() < 0.6) announce(stored.latest);
        }
      };
      stored.meanwhile = distort;
      const following = follow(0, 5);
      const numbers: number[] = [];
      while (numbers.length < 300) {
        const message = await take(following);
        if (message.kind === 'update') numbers.push(message.update.sequence);
        if (random() < 0.5) distort();
      }
      expect(numbers, `seed ${seed}`).to.deep.equal(upTo(300));
      await following.return(undefined as never);
      expect(watches.size).to.equal(0);
    }
  });

  it('ends when the watches are closed, between two pages too', async () => {
    stored.latest = 200;
    const [waiting, reading] = [follow(), follow(0)];
    await Promise.all([take(waiting), take(reading)]);
    const refusal = refusalOf(waiting.next());
    watches.close();
    expect(await refusal).to.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
    let taken = 0;
    const rest = (async () => {
      for await (const _ of reading) taken += 1;
    })();
    expect(await refusalOf(rest)).to.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
    expect(taken).to.be.below(100);
  });

  it('watches no more when it ends, however it does', async () => {
    const gone = new AbortController();
    const [left, aborted] = [follow(), follow(undefined, 60_000, gone.signal)];
    await Promise.all([take(left), take(aborted)]);
    expect(watches.size).to.equal(2);
    await left.return(undefined as never);
    const reason = new Error('gone');
    const waiting = aborted.next().catch((error: unknown) => error);
    gone.abort(reason);
    expect(await waiting).to.equal(reason);
    expect(watches.size).to.equal(0);
  });
});
