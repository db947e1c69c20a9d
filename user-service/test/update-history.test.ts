import type { TestDatabase } from '@flight/local';
import { until } from '@flight/local';
import { expect } from 'chai';
import { openUserBed, type StartedInstance, type UserBed } from './support/user-bed.js';

const HOUR_MS = 3_600_000;

describe('the history of flight updates', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let database: TestDatabase;
  let credential: string;

  before(async () => {
    bed = await openUserBed();
    credential = await bed.credential();
  });
  beforeEach(async () => {
    database = await bed.createDatabase();
  });
  after(() => bed.close());

  /** An instance that trims often, at a moment of its own. */
  function trimmer(kept: { ageMs: number; count: number }, now: () => number = Date.now) {
    return bed.start({ database, flightUpdates: { kept, trimEveryMs: 20 } }, { now });
  }

  async function publish({ updates }: StartedInstance, flightCode: string, texts: readonly string[]) {
    for (const update of texts)
      await updates.publishFlightUpdate({ flightCode, update, requestId: update }, { credential });
  }

  async function kept({ updates }: StartedInstance, flightCode: string) {
    const request = { flightCode, afterSequence: 0, pageSize: 1000, pageToken: '' };
    const { flightUpdates, position } = await updates.listFlightUpdates(request, { credential });
    return { sequences: flightUpdates.map(({ sequence }) => sequence), position };
  }

  it('keeps the newest updates of each flight, and positions whatever is dropped', async () => {
    const instance = await trimmer({ ageMs: HOUR_MS, count: 3 });
    await publish(instance, 'COUNT1', ['a1', 'a2', 'a3', 'a4', 'a5']);
    await publish(instance, 'COUNT2', ['b1', 'b2']);
    await until(async () => (await instance.metric('user_service_flight_updates_trimmed_total')) === 2);
    expect(await kept(instance, 'COUNT1')).to.deep.equal({
      sequences: [3, 4, 5],
      position: { flightCode: 'COUNT1', latestSequence: 5, oldestSequence: 3 },
    });
    expect((await kept(instance, 'COUNT2')).sequences).to.deep.equal([1, 2]);
    const request = { flightCodes: ['COUNT1'] };
    const { positions } = await instance.updates.batchGetFlightPositions(request, { credential });
    expect(positions[0]).to.include({ latestSequence: 5, oldestSequence: 3 });
  });

  it('remembers requests whose updates are dropped by number', async () => {
    const instance = await trimmer({ ageMs: HOUR_MS, count: 1 });
    await publish(instance, 'COUNT3', ['first', 'second']);
    await until(async () => (await kept(instance, 'COUNT3')).sequences.length === 1);
    const request = { flightCode: 'COUNT3', update: 'first', requestId: 'first' };
    const repeat = await instance.updates.publishFlightUpdate(request, { credential });
    expect(repeat.replayed).to.equal(true);
    expect(repeat.flightUpdate).to.include({ sequence: 1, update: 'first' });
  });

  it('drops what is too old, with the requests, and goes on counting where it was', async () => {
    let now = Date.now();
    const instance = await trimmer({ ageMs: 2 * HOUR_MS, count: 1000 }, () => now);
    await publish(instance, 'AGE01', ['old-1', 'old-2']);
    now += 1.5 * HOUR_MS;
    await publish(instance, 'AGE01', ['young']);
    now += HOUR_MS;
    await until(async () => (await instance.metric('user_service_flight_updates_trimmed_total')) === 2);
    expect(await kept(instance, 'AGE01')).to.deep.equal({
      sequences: [3],
      position: { flightCode: 'AGE01', latestSequence: 3, oldestSequence: 3 },
    });
    const requests = () =>
      bed.sql<{ request_id: string }>('select request_id from flight_update_request', [], database);
    await until(async () => (await requests()).length === 1);
    expect(await requests()).to.deep.equal([{ request_id: 'young' }]);

    now += 2 * HOUR_MS;
    await until(async () => (await kept(instance, 'AGE01')).sequences.length === 0);
    const { position } = await kept(instance, 'AGE01');
    expect(position).to.include({ latestSequence: 3, oldestSequence: 0 });
    await publish(instance, 'AGE01', ['new']);
    expect((await kept(instance, 'AGE01')).sequences).to.deep.equal([4]);
  });

  it('is dropped in batches, each row once, however many instances trim', async () => {
    await bed.start({ database });
    await bed.sql(
      `with position as (
         insert into flight_position select code, 2500, now() from unnest(array['BULK1', 'BULK2']) code
         returning flight_code
       )
       insert into flight_update
       select flight_code, sequence, 'x', now() from position, generate_series(1, 2500) sequence`,
      [],
      database,
    );
    const instances = await Promise.all([1, 2, 3].map(() => trimmer({ ageMs: HOUR_MS, count: 100 })));
    const [one] = instances;
    if (!one) return expect.fail('nothing was started');
    const trimmed = () =>
      Promise.all(instances.map((each) => each.metric('user_service_flight_updates_trimmed_total')));
    await until(async () => (await trimmed()).reduce((sum, each) => sum + each, 0) === 4800);
    for (const code of ['BULK1', 'BULK2']) {
      const { sequences, position } = await kept(one, code);
      expect(sequences).to.deep.equal(Array.from({ length: 100 }, (_, i) => 2401 + i));
      expect(position).to.include({ latestSequence: 2500, oldestSequence: 2401 });
    }
  });
});
