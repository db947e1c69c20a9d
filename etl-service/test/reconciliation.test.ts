import { type TestBed, until } from '@flight/local';
import { EtlMode, EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import { soldFlight } from './support/booking-source.js';
import { type EtlBed, openEtlBed, openServers, type StartedInstance } from './support/etl-bed.js';

const { SUCCEEDED, FAILED } = EtlRunState;

describe('reconciliation', function () {
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
    bed.bookings.add(...soldFlight('COUNT1', 50));
    instance = await bed.start();
    expect((await run()).state).to.equal(SUCCEEDED);
  });

  afterEach(() => bed.close());

  const run = async (mode: EtlMode = EtlMode.INCREMENTAL) => instance.ended(await instance.run(mode));

  const shows = (name: string, value: number) =>
    until(`${name} to be ${value}`, async () => {
      return (await instance.metric(name, 'source="booking-service"')) === value;
    });

  it('fails the run when a row was deleted, names it, and a rebuild mends it', async () => {
    await shows('etl_mismatches', 0);
    await bed.sql.query('delete from warehouse.fact_booking where booking_id = 7');
    const failed = await run();
    expect([failed.state, ...failed.parts.map(({ state }) => state)]).to.deep.equal([
      FAILED,
      FAILED,
      SUCCEEDED,
    ]);
    expect(failed.parts[0]?.error).to.include('bookings 50 at the source, 49 in the warehouse');
    expect(failed.parts[0]?.mismatches).to.deep.equal(['fact_booking 7: missing']);
    await shows('etl_mismatches', 2);

    // The same difference needs no reading of everything to carry the same names.
    const reads = bed.bookings.requests.length;
    const again = await run();
    expect([again.state, again.parts[0]?.mismatches]).to.deep.equal([FAILED, ['fact_booking 7: missing']]);
    expect(bed.bookings.requests.length - reads).to.equal(1);

    expect((await run(EtlMode.REBUILD)).state).to.equal(SUCCEEDED);
    expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
    expect((await run()).state).to.equal(SUCCEEDED);
    await shows('etl_mismatches', 0);
  });

  it('is done row by row by an audit, which keeps what is there', async () => {
    expect((await run(EtlMode.AUDIT)).state).to.equal(SUCCEEDED);
    await bed.sql.query(`update warehouse.dim_flight set airline = 'Nobody'`);
    expect((await run()).state).to.equal(SUCCEEDED);
    const audit = await run(EtlMode.AUDIT);
    expect(audit.state).to.equal(FAILED);
    expect(audit.parts[0]?.mismatches).to.have.length(1);
    expect(audit.parts[0]?.mismatches[0]).to.match(/^dim_flight COUNT1 version 1: airline/);
    const { rows } = await bed.sql.query('select distinct airline from warehouse.dim_flight');
    expect(rows).to.deep.equal([{ airline: 'Nobody' }]);
    expect((await run(EtlMode.REBUILD)).state).to.equal(SUCCEEDED);
    expect((await run(EtlMode.AUDIT)).state).to.equal(SUCCEEDED);
  });

  it('shows how fresh the warehouse is, and when it last agreed', async () => {
    await shows('etl_mismatches', 0);
    const source = 'source="booking-service"';
    const before = Number(await instance.metric('etl_lag_seconds', source));
    await until(
      'time to pass',
      async () => Number(await instance.metric('etl_lag_seconds', source)) > before,
    );
    const agreedAt = Number(await instance.metric('etl_last_success_timestamp_seconds', source));
    expect(agreedAt * 1000).to.be.closeTo(Date.now(), 30_000);
    expect(await instance.metric('etl_runs_total', 'mode="incremental"', 'outcome="succeeded"')).to.equal(1);
    expect(await instance.metric('etl_rows_total', source)).to.equal(56);
    expect(await instance.metric('etl_step_duration_seconds_count', source, 'step="merge"')).to.equal(1);
  });
});
