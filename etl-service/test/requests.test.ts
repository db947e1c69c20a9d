import { type TestBed, until } from '@flight/local';
import { EtlMode, EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import { soldFlight } from './support/booking-source.js';
import { type EtlBed, openEtlBed, openServers, type StartedInstance } from './support/etl-bed.js';
import { holdFeed } from './support/hold-feed.js';
import { refusalOf } from './support/refusal.js';

describe('EtlService', function () {
  this.timeout(60_000);
  let servers: TestBed;
  let bed: EtlBed;
  let instance: StartedInstance;
  let credential: string;

  before(async () => {
    servers = await openServers();
    bed = await openEtlBed(servers);
    bed.bookings.add(...soldFlight('ASKED1', 10));
    instance = await bed.start();
    credential = await bed.credential();
  });

  after(async () => {
    await bed.close();
    await servers.close();
  });

  const reasonOf = async (call: Promise<unknown>) => (await refusalOf(call)).reason;

  it('carries out a run that is asked for, and tells what it did with each source', async () => {
    const asked = await instance.run(EtlMode.UNSPECIFIED);
    expect([asked.mode, asked.trigger]).to.deep.equal([EtlMode.INCREMENTAL, 'service:tests']);
    const run = await instance.ended(asked);
    expect([run.state, run.instance, run.attempts]).to.deep.equal([EtlRunState.SUCCEEDED, instance.id, 1]);
    expect(run.parts.map(({ source, step, rows }) => [source, step, rows])).to.deep.equal([
      ['booking-service', 'done', 12],
      ['user-service', 'done', 0],
    ]);
    expect(run.parts[0]?.steps.map(({ name }) => name)).to.deep.equal(['extract', 'merge', 'reconcile']);
    expect(run.parts[0]?.counts).to.deep.include({ name: 'canceled_bookings', source: 1, warehouse: 1 });
    expect(run.parts[0]?.asOf?.getTime()).to.be.at.least(Number(run.startTime));
    expect(Number(run.endTime)).to.be.at.least(Number(run.startTime));
  });

  it('answers the run that an earlier call with the same request id asked for', async () => {
    const first = await instance.ended(await instance.run(EtlMode.INCREMENTAL, 'once'));
    const again = await instance.run(EtlMode.INCREMENTAL, 'once');
    expect(again.id).to.equal(first.id);
    const other = await instance.run(EtlMode.INCREMENTAL, 'twice');
    expect(other.id).to.be.above(first.id);
    await instance.ended(other);
  });

  it('refuses a request id that was used for a run of another mode', async () => {
    await instance.ended(await instance.run(EtlMode.INCREMENTAL, 'reused'));
    const call = instance.etl.runEtl({ mode: EtlMode.AUDIT, requestId: 'reused' }, { credential });
    expect(await reasonOf(call)).to.equal('REQUEST_ID_REUSED');
  });

  it('answers the run of a mode that waits already, instead of a new one', async () => {
    const release = holdFeed(bed.bookings);
    const running = await instance.run(EtlMode.INCREMENTAL);
    await until('the run to begin', async () => (await instance.get(running.id)).attempts === 1);
    const [one, other] = await Promise.all([instance.run(EtlMode.AUDIT), instance.run(EtlMode.AUDIT)]);
    expect([one.id, one.state]).to.deep.equal([other.id, EtlRunState.QUEUED]);
    release();
    expect((await instance.ended(one)).state).to.equal(EtlRunState.SUCCEEDED);
  });

  it('lets staff ask, and says who asked', async () => {
    const token = bed.keys.sign(17, ['staff']);
    const { run } = await instance.etl.runEtl({ mode: EtlMode.INCREMENTAL, requestId: '' }, { token });
    if (run === undefined) throw new Error('the answer has no run');
    expect(run.trigger).to.equal('user:17');
    await instance.ended(run);
  });

  it('refuses those who are neither staff nor a service', async () => {
    const { etl } = instance;
    const list = { pageSize: 0, pageToken: '' };
    expect(await reasonOf(etl.listEtlRuns(list))).to.equal('TOKEN_MISSING');
    expect(await reasonOf(etl.listEtlRuns(list, { token: bed.keys.sign(18) }))).to.equal('STAFF_ONLY');
    expect(await reasonOf(etl.getEtlRun({ id: 1 }, { token: 'made-up' }))).to.equal('TOKEN_INVALID');
    const call = etl.runEtl({ mode: EtlMode.AUDIT, requestId: '' }, { credential: 'made-up' });
    expect(await reasonOf(call)).to.equal('TOKEN_INVALID');
  });

  it('refuses what makes no sense, and says which field it is', async () => {
    const { etl } = instance;
    const missing = await refusalOf(etl.getEtlRun({ id: 0 }, { credential }));
    expect([missing.reason, missing.facts.field]).to.deep.equal(['INVALID_FIELD', 'id']);
    const unknown = await refusalOf(etl.getEtlRun({ id: 1_000_000 }, { credential }));
    expect([unknown.reason, unknown.facts.run_id]).to.deep.equal(['ETL_RUN_NOT_FOUND', '1000000']);
    const large = await refusalOf(etl.listEtlRuns({ pageSize: 1001, pageToken: '' }, { credential }));
    expect([large.reason, large.facts.field]).to.deep.equal(['INVALID_FIELD', 'page_size']);
    const page = etl.listEtlRuns({ pageSize: 1, pageToken: 'made-up' }, { credential });
    expect(await reasonOf(page)).to.equal('INVALID_PAGE_TOKEN');
    const request = { mode: EtlMode.AUDIT, requestId: 'with a blank' };
    expect((await refusalOf(etl.runEtl(request, { credential }))).facts.field).to.equal('request_id');
    const mode = { mode: EtlMode.UNRECOGNIZED, requestId: '' };
    expect((await refusalOf(etl.runEtl(mode, { credential }))).facts.field).to.equal('mode');
  });

  it('lists all runs page by page, latest first', async () => {
    await instance.ended(await instance.run(EtlMode.INCREMENTAL));
    const ids: number[] = [];
    let pageToken = '';
    do {
      const page = await instance.etl.listEtlRuns({ pageSize: 2, pageToken }, { credential });
      expect(page.runs.length).to.be.within(1, 2);
      ids.push(...page.runs.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const { rows } = await bed.sql.query<{ id: string }>('select id from etl.run order by id desc');
    expect(ids).to.deep.equal(rows.map(({ id }) => Number(id)));
  });
});
