import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { refusalOf } from './support/refusal.js';
import { openUserBed, type StartedInstance, type UpdateClient, type UserBed } from './support/user-bed.js';
import { type Watching, watching } from './support/watching.js';

describe('watching flight updates', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let one: StartedInstance;
  let other: StartedInstance;
  let credential: string;
  let begun: Watching[] = [];

  before(async () => {
    bed = await openUserBed();
    [one, other] = await Promise.all([bed.start(), bed.start()]);
    credential = await bed.credential();
    await until(async () => (await heard(one)) === 1 && (await heard(other)) === 1);
  });
  afterEach(async () => {
    for (const watch of begun) watch.stop();
    await Promise.all(begun.map(({ ended }) => ended));
    begun = [];
  });
  after(() => bed.close());

  async function watch(instance: StartedInstance): Promise<Watching> {
    const watch = await watching(instance.updates, credential);
    begun.push(watch);
    return watch;
  }

  async function publish(updates: UpdateClient, flightCode: string, update: string) {
    const answer = await updates.publishFlightUpdate({ flightCode, update, requestId: '' }, { credential });
    return answer.flightUpdate;
  }

  const heard = (instance: StartedInstance) => instance.metric('user_service_announcements_heard');

  it('begins with a message without an update', async () => {
    const { updates, empty } = await watch(one);
    expect(updates).to.deep.equal([]);
    expect(empty()).to.equal(1);
  });

  it('sees once what is published on its own instance and on others, from then on', async () => {
    await publish(one.updates, 'WATCH1', 'before');
    const [here, there] = [await watch(one), await watch(other)];
    const published = [];
    for (const from of [one, other, one, other]) published.push(await publish(from.updates, 'WATCH1', 'x'));
    await until(() => here.updates.length >= 4 && there.updates.length >= 4);
    // One that comes through Redis may come after a later one of the instance itself.
    expect(here.updates).to.have.deep.members(published);
    expect(there.updates).to.have.deep.members(published);
  });

  it('hears a repeat again, for the first announcement may have been lost', async () => {
    const { updates } = await watch(other);
    const request = { flightCode: 'AGAIN', update: 'x', requestId: 'again-1' };
    for (let i = 0; i < 2; i += 1) await one.updates.publishFlightUpdate(request, { credential });
    await until(() => updates.length === 2);
    expect(updates.map(({ sequence }) => sequence)).to.deep.equal([1, 1]);
  });

  it('is kept alive by messages without an update', async () => {
    const lively = await bed.start({ flightUpdates: { keepAliveMs: 100 } });
    const { empty } = await watch(lively);
    await until(() => empty() >= 4);
  });

  it('is counted, and no longer when the watcher is gone', async () => {
    const watchers = () => one.metric('user_service_watchers');
    const [first] = [await watch(one), await watch(one)];
    expect(await watchers()).to.equal(2);
    first.stop();
    expect(await first.ended).to.include({ kind: 'cancelled' });
    await until(async () => (await watchers()) === 1);
  });

  it('survives whatever others say in Redis', async () => {
    const { updates } = await watch(one);
    const stranger = bed.joinChannel('flight-updates', () => undefined);
    await until(() => stranger.listening);
    const odd = { from: 'x', flightCode: 'ODD01', sequence: 1, text: 'x', createdAt: 'never' };
    for (const message of ['', 'null', '[]', '{', '{"from":1}', '\0', JSON.stringify(odd)])
      await stranger.send(message);
    const good = { ...odd, createdAt: '2026-01-02T03:04:05.678Z', something: 'new' };
    await stranger.send(JSON.stringify(good));
    await until(() => updates.length > 0);
    const createTime = new Date(good.createdAt);
    expect(updates).to.deep.equal([{ flightCode: 'ODD01', sequence: 1, update: 'x', createTime }]);
    await stranger.close();
  });

  it('ends for a watcher that takes nothing, and for no other, and nothing is lost in the store', async () => {
    const stopping = new AbortController();
    const options = { credential, signal: stopping.signal };
    const apart = await one.connect();
    const stalled = apart.watchFlightUpdates({}, options)[Symbol.asyncIterator]();
    expect((await stalled.next()).value).to.deep.equal({ flightUpdate: undefined });
    const lively = await watch(one);

    // More than an instance keeps for a watcher, and more than connections hold on the way.
    const COUNT = 1500;
    const text = '\u{1F6EB}'.repeat(1000);
    for (let published = 50; published <= COUNT; published += 50) {
      await Promise.all(Array.from({ length: 50 }, () => publish(one.updates, 'SLOW1', text)));
      await until(() => lively.updates.length === published);
    }

    let taken = 0;
    const refusal = await refusalOf(
      (async () => {
        for (;;) {
          if ((await stalled.next()).done) return;
          taken += 1;
        }
      })(),
    );
    expect(refusal).to.include({ kind: 'resource_exhausted', reason: 'BUSY' });
    expect(taken).to.be.below(COUNT);
    const { positions } = await one.updates.batchGetFlightPositions(
      { flightCodes: ['SLOW1'] },
      { credential },
    );
    expect(positions[0]?.latestSequence).to.equal(COUNT);
  });

  describe('while Redis is away', () => {
    before(async () => {
      await bed.redis.shut();
      await until(async () => (await heard(one)) === 0 && (await heard(other)) === 0);
    });

    it('publishing answers as quickly, and watchers of the same instance are told', async () => {
      const [here, there] = [await watch(one), await watch(other)];
      const failedBefore = await one.metric('user_service_announcements_failed_total');
      const began = performance.now();
      const published = await publish(one.updates, 'AWAY01', 'Redis is gone');
      expect(performance.now() - began).to.be.below(5000);
      await until(() => here.updates.length === 1);
      expect(here.updates).to.deep.equal([published]);
      await until(
        async () => (await one.metric('user_service_announcements_failed_total')) === failedBefore + 1,
      );
      expect(there.updates).to.deep.equal([]);
    });

    it('an instance starts, and a watch on it begins', async () => {
      const late = await bed.start();
      const { empty } = await watch(late);
      expect(empty()).to.equal(1);
      await late.close();
    });

    it('a watch goes on, and hears the other instances again when Redis is back', async () => {
      const { updates, empty } = await watch(other);
      await bed.redis.open();
      await until(async () => (await heard(one)) === 1 && (await heard(other)) === 1);
      const published = await publish(one.updates, 'AWAY01', 'Redis is back');
      await until(() => updates.length === 1);
      expect(updates).to.deep.equal([published]);
      expect(empty()).to.equal(1);
    });
  });

  it('ends at once when the instance stops, which does not wait for it', async () => {
    const leaving = await bed.start();
    const watches = await Promise.all([watch(leaving), watch(leaving)]);
    const began = performance.now();
    const closed = leaving.close();
    for (const { ended } of watches)
      expect(await ended)
        .to.be.instanceOf(Fault)
        .and.include({ kind: 'unavailable' });
    // Draining would wait for them for ten seconds.
    expect(performance.now() - began).to.be.below(5000);
    await Promise.race([
      closed,
      pause(9000, undefined, { ref: false }).then(() => expect.fail('still stopping')),
    ]);
  });
});
