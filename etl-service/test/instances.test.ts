import { type TestBed, until } from '@flight/local';
import { EtlMode, EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import { bookingMade, soldFlight } from './support/booking-source.js';
import { type EtlBed, openEtlBed, openServers } from './support/etl-bed.js';
import { holdFeed } from './support/hold-feed.js';

const { SUCCEEDED, RUNNING } = EtlRunState;
const DAY_MS = 86_400_000;
/** For what a busy machine takes seconds for, in milliseconds. */
const FAR_MS = 45_000;

describe('instances', function () {
  this.timeout(60_000);
  let servers: TestBed;
  let bed: EtlBed;

  before(async () => {
    servers = await openServers();
  });

  after(() => servers.close());

  beforeEach(async () => {
    bed = await openEtlBed(servers);
    bed.bookings.add(...soldFlight('MANY1', 30));
  });

  afterEach(() => bed.close());

  const countRuns = async (): Promise<number> => {
    const { rows } = await bed.sql.query<{ ended: number }>(
      'select count(*)::int as ended from etl.run where ended_at is not null',
    );
    return rows[0]?.ended ?? 0;
  };

  it('carry out one run at a time, on one schedule', async () => {
    let running = 0;
    let most = 0;
    const seams = {
      reached: (boundary: string) => {
        if (boundary === 'run.begun') running += 1;
        if (boundary === 'run.ended') running -= 1;
        most = Math.max(most, running);
      },
    };
    const beganAt = Date.now();
    await Promise.all([1, 2, 3].map(() => bed.start({ scheduleMs: 100, seams })));
    await until('twenty runs', async () => (await countRuns()) >= 20, FAR_MS);
    const elapsedMs = Date.now() - beganAt;
    expect(most).to.equal(1);
    expect(await countRuns()).to.be.at.most(elapsedMs / 100 + 1);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('load on schedule what has changed since, without being asked', async () => {
    await bed.start({ scheduleMs: 200 });
    await until('the first load', async () => (await countRuns()) > 0);
    bed.bookings.add(bookingMade(31, 'MANY1'));
    await until('the new booking', async () => (await bed.loaded()).length === 31);
    const { rows } = await bed.sql.query('select distinct trigger from etl.run');
    expect(rows).to.deep.equal([{ trigger: 'schedule' }]);
  });

  it('take up a run that a stopping one lets go of', async () => {
    const release = holdFeed(bed.bookings);
    const stopping = await bed.start();
    const asked = await stopping.run(EtlMode.INCREMENTAL);
    await until('the run to begin', async () => (await stopping.get(asked.id)).state === RUNNING);
    const next = await bed.start();
    await stopping.close();
    expect((await next.get(asked.id)).state).to.equal(RUNNING);
    release();
    const run = await next.ended(asked);
    expect([run.state, run.instance, run.attempts]).to.deep.equal([SUCCEEDED, next.id, 2]);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('take up a run whose instance lost its lock', async () => {
    const release = holdFeed(bed.bookings);
    const instance = await bed.start();
    const asked = await instance.run(EtlMode.INCREMENTAL);
    await until('the run to begin', async () => (await instance.get(asked.id)).state === RUNNING);
    const { rows } = await bed.sql.query<{ ended: boolean }>(
      `select pg_terminate_backend(pid) as ended
         from pg_locks
        where locktype = 'advisory' and (classid::bigint << 32 | objid::bigint) = hashtextextended('etl.run', 0)`,
    );
    expect(rows).to.deep.equal([{ ended: true }]);
    await until('the second attempt', async () => (await instance.get(asked.id)).attempts === 2);
    release();
    expect((await instance.ended(asked)).state).to.equal(SUCCEEDED);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('finish a run during which the database broke all their connections', async () => {
    const release = holdFeed(bed.bookings, 3);
    const instance = await bed.start({ batchRows: 5, chunkRows: 10 });
    const asked = await instance.run(EtlMode.INCREMENTAL);
    await until('the run to begin', async () => (await instance.get(asked.id)).state === RUNNING);
    await bed.sql.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
      [instance.id],
    );
    release();
    // The first call may find a connection that is broken.
    const attempts = () =>
      instance.get(asked.id).then(
        (run) => run.attempts,
        () => 0,
      );
    await until('the second attempt', async () => (await attempts()) === 2);
    expect((await instance.ended(asked)).state).to.equal(SUCCEEDED);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('hear within a moment of a run that was asked for at another one', async () => {
    const release = holdFeed(bed.bookings);
    const [one, other] = [await bed.start(), await bed.start()];
    const first = await one.run(EtlMode.INCREMENTAL);
    const second = await other.run(EtlMode.AUDIT);
    release();
    expect((await one.ended(first)).state).to.equal(SUCCEEDED);
    expect((await one.ended(second)).state).to.equal(SUCCEEDED);
  });

  it('rebuild a warehouse that an earlier version made, before they do anything else', async () => {
    const instance = await bed.start();
    await instance.ended(await instance.run(EtlMode.INCREMENTAL));
    await bed.sql.query('update warehouse.star_version set version = 0');
    await bed.sql.query('update etl.run set started_at = started_at - make_interval(mins => 1)');
    const asked = await instance.run(EtlMode.INCREMENTAL);
    expect((await instance.ended(asked)).state).to.equal(SUCCEEDED);
    const { rows } = await bed.sql.query(
      'select mode, trigger, state from etl.run order by ended_at desc limit 2',
    );
    expect(rows).to.deep.equal([
      { mode: 'INCREMENTAL', trigger: 'service:tests', state: 'SUCCEEDED' },
      { mode: 'REBUILD', trigger: 'service:etl-service', state: 'SUCCEEDED' },
    ]);
  });

  it('leave a warehouse alone that a later version made, and say so', async () => {
    const instance = await bed.start();
    await instance.ended(await instance.run(EtlMode.INCREMENTAL));
    await bed.sql.query('update warehouse.star_version set version = 1000');
    const asked = await instance.run(EtlMode.INCREMENTAL);
    const readyz = async () => (await fetch(`${instance.adminUrl}/readyz`)).text();
    await until('the reason', async () => (await readyz()).includes('a later version'));
    expect((await instance.get(asked.id)).state).to.equal(EtlRunState.QUEUED);
    await bed.sql.query('update warehouse.star_version set version = 1');
    expect((await instance.ended(asked)).state).to.equal(SUCCEEDED);
    expect(await readyz()).not.to.include('a later version');
  });

  it('drop runs that found nothing after a day, and keep the others', async () => {
    const first = await bed.start({ scheduleMs: 100 });
    await until('some runs', async () => (await countRuns()) >= 5);
    await first.close();
    const { rows: kept } = await bed.sql.query('select id from etl.run where not uneventful order by id');
    expect(kept).not.to.have.length(0);
    const later = await bed.start({ scheduleMs: 100, seams: { now: () => Date.now() + 2 * DAY_MS } });
    const old = `created_at < now() + interval '1 day'`;
    await until('the old ones to be dropped', async () => {
      const { rows } = await bed.sql.query(`select id from etl.run where ${old} order by id`);
      return rows.length === kept.length;
    });
    await later.close();
    const { rows } = await bed.sql.query(`select id from etl.run where ${old} order by id`);
    expect(rows).to.deep.equal(kept);
  });
});
