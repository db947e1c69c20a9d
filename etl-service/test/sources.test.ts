import { type TestBed, until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { EtlMode, EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import { bookingMade, soldFlight } from './support/booking-source.js';
import { type EtlBed, openEtlBed, openServers, type StartedInstance } from './support/etl-bed.js';
import { holdFeed } from './support/hold-feed.js';
import { informedUsers } from './support/user-source.js';

const { SUCCEEDED, FAILED } = EtlRunState;

describe('a run', function () {
  this.timeout(60_000);
  let servers: TestBed;
  let bed: EtlBed;
  let instance: StartedInstance;

  before(async () => {
    servers = await openServers();
  });

  after(() => servers.close());

  beforeEach(async () => {
    bed = await openEtlBed(servers);
    bed.users.add(...informedUsers('FEED1', 10));
    bed.bookings.add(...soldFlight('FEED1', 100));
    instance = await bed.start({ chunkRows: 20, batchRows: 10 });
  });

  afterEach(() => bed.close());

  const run = async (mode: EtlMode = EtlMode.INCREMENTAL) => instance.ended(await instance.run(mode));
  const states = ({ state, parts }: Awaited<ReturnType<typeof run>>) => [
    state,
    ...parts.map((part) => part.state),
  ];

  it('loads one source while the other is unreachable, says so, and makes up for it later', async () => {
    await bed.stopBookings();
    const failed = await run();
    expect(states(failed)).to.deep.equal([FAILED, FAILED, SUCCEEDED]);
    expect(failed.parts[0]?.error).to.match(/^booking-service does not answer/);
    expect(failed.parts[1]?.asOf).to.be.instanceOf(Date);
    const { rows } = await bed.sql.query('select from warehouse.fact_subscription');
    expect([rows.length, await bed.loaded()]).to.deep.equal([10, []]);
    const failures = ['source="booking-service"', 'reason="unreachable"'];
    expect(await instance.metric('etl_part_failures_total', ...failures)).to.equal(1);

    await bed.startBookings();
    await until('booking-service to be called', async () => (await run()).state === SUCCEEDED);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('goes on behind the last message when a feed breaks', async () => {
    bed.bookings.beforeMessage((message) => {
      if (message !== 3) return;
      bed.bookings.flow();
      throw new Fault('unavailable', 'DATABASE_UNAVAILABLE', 'Changing hands');
    });
    const done = await run();
    expect([done.state, done.attempts, done.parts[0]?.rows]).to.deep.equal([SUCCEEDED, 1, 111]);
    const [first, second, ...others] = bed.bookings.requests;
    expect([first?.token, others]).to.deep.equal(['', []]);
    // What comes together with the failure, gRPC may keep for itself.
    expect(second?.token).to.match(/^1\.0\.111\.[123]0$/);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('shows nothing of a window that broke off, and goes on with it in the next run', async () => {
    bed.bookings.beforeMessage((message) => {
      if (message >= 5) throw new Fault('internal', 'INTERNAL', 'A defect');
    });
    const broken = await run();
    expect(states(broken)).to.deep.equal([FAILED, FAILED, SUCCEEDED]);
    const rows = broken.parts[0]?.rows;
    // Whole chunks of what came; what comes together with the failure, gRPC may keep for itself.
    expect(rows).to.be.oneOf([20, 40]);
    expect(await bed.loaded()).to.deep.equal([]);

    bed.bookings.flow();
    bed.bookings.add(bookingMade(101, 'FEED1'));
    expect(states(await run())).to.deep.equal([SUCCEEDED, SUCCEEDED, SUCCEEDED]);
    expect(bed.bookings.requests.at(-1)?.token).to.equal(`1.0.111.${rows}`);
    expect(await bed.loaded()).to.have.length(100);
    await run();
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
  });

  it('rebuilds the warehouse by itself when a source is another database than before', async () => {
    await run();
    bed.bookings.loseTokens();
    const lost = await run();
    expect(states(lost)).to.deep.equal([FAILED, FAILED, SUCCEEDED]);
    const rebuild = await instance.ended(await instance.get(lost.id + 1));
    expect([rebuild.mode, rebuild.trigger, ...states(rebuild)]).to.deep.equal([
      EtlMode.REBUILD,
      'service:etl-service',
      SUCCEEDED,
      SUCCEEDED,
      SUCCEEDED,
    ]);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
    expect((await run()).state).to.equal(SUCCEEDED);
  });

  it('shows how far it has come while it goes on', async () => {
    const release = holdFeed(bed.bookings, 6);
    const asked = await instance.run(EtlMode.INCREMENTAL);
    await until('rows to be shown', async () => ((await instance.get(asked.id)).parts[0]?.rows ?? 0) > 0);
    const seen = await instance.get(asked.id);
    expect([seen.state, seen.parts[0]?.step, seen.endTime]).to.deep.equal([
      EtlRunState.RUNNING,
      'extract',
      undefined,
    ]);
    expect(await instance.metric('etl_running')).to.equal(1);
    release();
    expect((await instance.ended(asked)).parts[0]?.rows).to.equal(111);
    expect(await instance.metric('etl_running')).to.equal(0);
  });

  it('of the mode REBUILD puts nothing in place when a source can not be loaded', async () => {
    await run();
    bed.bookings.beforeMessage(() => {
      throw new Fault('internal', 'INTERNAL', 'A defect');
    });
    const failed = await run(EtlMode.REBUILD);
    expect(states(failed)).to.deep.equal([FAILED, FAILED, FAILED]);
    expect(failed.parts[1]?.error).to.match(/^Not put in place/);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
    const { rows } = await bed.sql.query(`select from pg_namespace where nspname = 'warehouse_next'`);
    expect(rows).to.deep.equal([]);
  });
});
