import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { type Following, following } from './support/following.js';
import { signedIn } from './support/people.js';
import { openUserBed, type StartedInstance, type UserBed } from './support/user-bed.js';

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('FollowFlightUpdates', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let one: StartedInstance;
  let other: StartedInstance;
  let credential: string;
  let begun: Following[] = [];

  before(async () => {
    bed = await openUserBed();
    [one, other] = await Promise.all([bed.start(), bed.start()]);
    credential = await bed.credential();
    await untilHeard(1);
  });
  afterEach(async () => {
    for (const each of begun) each.stop();
    await Promise.all(begun.map(({ ended }) => ended));
    begun = [];
  });
  after(() => bed.close());

  function untilHeard(heard: 0 | 1): Promise<void> {
    const metric = 'user_service_announcements_heard';
    return until(async () => (await one.metric(metric)) === heard && (await other.metric(metric)) === heard);
  }

  async function follow(
    { updates }: Pick<StartedInstance, 'updates'>,
    flightCode: string,
    afterSequence?: number,
    caller: { token?: string; credential?: string } = { credential },
  ): Promise<Following> {
    const wish = afterSequence === undefined ? { flightCode } : { flightCode, afterSequence };
    const begins = await following(updates, wish, caller);
    begun.push(begins);
    return begins;
  }

  async function publish({ updates }: StartedInstance, flightCode: string, count = 1, update = 'x') {
    for (let i = 0; i < count; i += 1)
      await updates.publishFlightUpdate({ flightCode, update, requestId: '' }, { credential });
  }

  it('begins with the position, then tells what is published from now on', async () => {
    await publish(one, 'LIVE1', 2);
    const follower = await follow(other, 'live1');
    expect(follower.position).to.deep.equal({ flightCode: 'LIVE1', latestSequence: 2, oldestSequence: 1 });
    const request = { flightCode: 'LIVE1', update: 'Boarding', requestId: '' };
    const published = await one.updates.publishFlightUpdate(request, { credential });
    await until(() => follower.updates.length > 0);
    expect(follower.updates).to.deep.equal([published.flightUpdate]);
  });

  it('follows a flight that has no updates yet', async () => {
    const follower = await follow(one, 'NEW01', 0);
    expect(follower.position).to.deep.equal({ flightCode: 'NEW01', latestSequence: 0, oldestSequence: 0 });
    await publish(other, 'NEW01');
    await until(() => follower.updates.length === 1);
    expect(follower.sequences()).to.deep.equal([1]);
  });

  it('tells what was published after a number, page by page, then goes on', async () => {
    await Promise.all([publish(one, 'PAGES', 60), publish(other, 'PAGES', 60)]);
    const [all, some] = [await follow(one, 'PAGES', 0), await follow(one, 'PAGES', 117)];
    await publish(other, 'PAGES');
    await until(() => all.updates.length >= 121 && some.updates.length >= 4);
    expect(all.sequences()).to.deep.equal(upTo(121));
    expect(some.sequences()).to.deep.equal(upTo(121, 118));
  });

  it('tells all in order to each of 40 followers, while 20 publish through two instances', async () => {
    const COUNT = 400;
    const instances = [one, other];
    const publishers = Array.from({ length: 20 }, (_, i) =>
      publish(instances[i % 2] as StartedInstance, 'CROWD', COUNT / 20),
    );
    const followers: Following[] = [];
    for (let i = 0; i < 40; i += 1)
      followers.push(await follow(instances[i % 2] as StartedInstance, 'CROWD', i < 20 ? 0 : undefined));
    await Promise.all(publishers);
    const isThrough = ({ sequences, position }: Following) =>
      sequences().at(-1) === COUNT || position?.latestSequence === COUNT;
    await until(() => followers.every(isThrough));
    for (const [i, { sequences, position }] of followers.entries())
      expect(sequences()).to.deep.equal(upTo(COUNT, i < 20 ? 1 : (position?.latestSequence ?? 0) + 1));
  });

  it('goes on at another instance after the last one that came', async () => {
    const leaving = await bed.start();
    const before = await follow(leaving, 'RESUME', 0);
    await publish(one, 'RESUME', 3);
    await until(() => before.updates.length === 3);
    const publishing = publish(one, 'RESUME', 20);
    await leaving.close();
    expect(await before.ended).to.include({ kind: 'unavailable' });
    const after = await follow(other, 'RESUME', before.sequences().at(-1));
    await publishing;
    await until(() => after.sequences().at(-1) === 23);
    expect([...before.sequences(), ...after.sequences()]).to.deep.equal(upTo(23));
  });

  it('ends at once when the instance stops, so that callers go on elsewhere', async () => {
    const leaving = await bed.start();
    const followers = await Promise.all([follow(leaving, 'STOP1'), follow(leaving, 'STOP2', 0)]);
    const began = performance.now();
    const closed = leaving.close();
    for (const { ended } of followers)
      expect(await ended)
        .to.be.instanceOf(Fault)
        .and.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
    await closed;
    // Draining would wait for them for ten seconds.
    expect(performance.now() - began).to.be.below(8000);
  });

  it('is kept alive by messages without anything', async () => {
    const lively = await bed.start({ flightUpdates: { keepAliveMs: 100 } });
    const follower = await follow(lively, 'QUIET', 0);
    await until(() => follower.silences() >= 3);
    expect(follower.updates).to.deep.equal([]);
  });

  it('is counted, and no longer when the follower is gone', async () => {
    const followers = () => one.metric('user_service_followers');
    const [first] = [await follow(one, 'COUNT'), await follow(one, 'COUNT')];
    expect(await followers()).to.equal(2);
    expect(await one.metric('user_service_watchers')).to.equal(0);
    first.stop();
    expect(await first.ended).to.include({ kind: 'cancelled' });
    await until(async () => (await followers()) === 1);
  });

  it('tells a follower that took nothing for long all that it missed, in order', async () => {
    const COUNT = 800;
    const text = '\u{1F6EB}'.repeat(1000);
    const apart = await one.connect();
    const stalled = apart
      .followFlightUpdates({ flightCode: 'SLOW1', afterSequence: 0 }, { credential })
      [Symbol.asyncIterator]();
    await stalled.next();
    const lively = await follow(one, 'SLOW1', 0);
    // More than connections hold on the way.
    await Promise.all(Array.from({ length: 20 }, () => publish(one, 'SLOW1', COUNT / 20, text)));
    await until(() => lively.updates.length === COUNT);
    const sequences: (number | undefined)[] = [];
    while (sequences.length < COUNT) {
      const { flightUpdate } = (await stalled.next()).value ?? {};
      if (flightUpdate) sequences.push(flightUpdate.sequence);
    }
    expect(sequences).to.deep.equal(upTo(COUNT));
    expect(lively.sequences()).to.deep.equal(upTo(COUNT));
    await stalled.return?.();
  });

  it('says in its position what is no longer kept', async () => {
    const database = await bed.createDatabase();
    const flightUpdates = { kept: { ageMs: 3_600_000, count: 3 }, trimEveryMs: 20 };
    const trimmer = await bed.start({ database, flightUpdates });
    await publish(trimmer, 'TRIM1', 5);
    await until(async () => (await trimmer.metric('user_service_flight_updates_trimmed_total')) === 2);
    const follower = await follow(trimmer, 'TRIM1', 0);
    expect(follower.position).to.deep.equal({ flightCode: 'TRIM1', latestSequence: 5, oldestSequence: 3 });
    await until(() => follower.updates.length === 3);
    expect(follower.sequences()).to.deep.equal([3, 4, 5]);
  });

  describe('while Redis is away', () => {
    before(async () => {
      await bed.redis.shut();
      await untilHeard(0);
    });

    it('finds in the store what is published elsewhere', async () => {
      const lively = await bed.start({ flightUpdates: { keepAliveMs: 100 } });
      const follower = await follow(lively, 'LOST1');
      await publish(one, 'LOST1', 3);
      await until(() => follower.updates.length === 3);
      expect(follower.sequences()).to.deep.equal([1, 2, 3]);
    });

    it('finds what was missed as soon as the next one is heard', async () => {
      const follower = await follow(other, 'LOST2');
      await publish(one, 'LOST2', 3);
      await bed.redis.open();
      await untilHeard(1);
      await publish(one, 'LOST2');
      await until(() => follower.updates.length === 4);
      expect(follower.sequences()).to.deep.equal([1, 2, 3, 4]);
      expect(follower.silences()).to.be.at.most(1);
    });
  });

  describe('access', () => {
    it('is for users and services', async () => {
      const { token } = await signedIn(one.users);
      for (const caller of [{ token }, { credential }])
        expect((await follow(one, 'ACCESS', 0, caller)).position).to.include({ flightCode: 'ACCESS' });
    });

    it('is refused to nobody and to forged tokens', async () => {
      for (const [caller, reason] of [
        [{}, 'TOKEN_MISSING'],
        [{ token: 'forged' }, 'TOKEN_INVALID'],
        [{ credential: 'forged' }, 'TOKEN_INVALID'],
      ] as const) {
        const { ended } = await follow(one, 'ACCESS', 0, caller);
        expect(await ended).to.include({ kind: 'unauthenticated', reason });
      }
    });

    it('ends with the token, also for a follower that takes nothing', async () => {
      const brief = await bed.start({ token: { ttlMs: 3000 } });
      const { token } = await signedIn(brief.users);
      const apart = await brief.connect();
      const stalled = apart
        .followFlightUpdates({ flightCode: 'EXPIRE', afterSequence: 0 }, { token })
        [Symbol.asyncIterator]();
      await stalled.next();
      const text = '\u{1F6EB}'.repeat(1000);
      await Promise.all(Array.from({ length: 20 }, () => publish(one, 'EXPIRE', 30, text)));
      const [byToken, byCredential] = [
        await follow(brief, 'EXPIRE', undefined, { token }),
        await follow(brief, 'EXPIRE'),
      ];
      expect(await byToken.ended).to.include({ kind: 'unauthenticated', reason: 'TOKEN_EXPIRED' });
      await until(async () => (await brief.metric('user_service_followers')) === 1);
      await publish(one, 'EXPIRE');
      await until(() => byCredential.updates.length === 1);
      await stalled.return?.();
    });

    it('is refused for what is no flight’s code and no number', async () => {
      for (const [code, after, field] of [
        ['', 0, 'flight_code'],
        ['FL-01', 0, 'flight_code'],
        ['FL001', -1, 'after_sequence'],
      ] as const) {
        const fault = await (await follow(one, code, after)).ended;
        expect(fault).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
        expect(fault?.facts).to.deep.equal({ field });
      }
    });
  });
});
