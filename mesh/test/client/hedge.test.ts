import { until } from '@flight/local';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import type { CallContext } from '../../src/server/call-context.js';
import { faultOf } from '../support/fault-of.js';
import { openTestProcess } from '../support/test-process.js';
import { openUserMesh, type UserMesh } from '../support/user-mesh.js';
import type { UserHandlers } from '../support/user-service.js';

const NO_KEYS = { keys: [] };
/** Long enough for a call to arrive on a busy machine, and many times as long as a hedge would wait, in milliseconds. */
const LATE_MS = 2000;

describe('a hedged call', function () {
  this.timeout(30_000);
  let mesh: UserMesh;

  before(async () => {
    mesh = await openUserMesh();
  });

  afterEach(() => mesh.closeServers());
  after(() => mesh.close());

  /** Answers nothing until its caller leaves, and remembers who called. */
  function silent(calls: CallContext[]): Partial<UserHandlers> {
    const never = (_request: unknown, call: CallContext) => {
      calls.push(call);
      return new Promise<never>((_resolve, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason));
      });
    };
    return { getJsonWebKeySet: never, subscribe: never };
  }

  const quick: Partial<UserHandlers> = { getJsonWebKeySet: async () => NO_KEYS };

  async function readHedges(): Promise<number> {
    const text = await mesh.caller.metrics.registry.getSingleMetricAsString('grpc_client_hedges_total');
    return [...text.matchAll(/^grpc_client_hedges_total\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  }

  it('is answered by another instance when the first one is silent', async () => {
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('half-silent', { silent: silent(stuck), quick });
    while (stuck.length === 0) expect(await client.getJsonWebKeySet({})).to.deep.equal(NO_KEYS);
    expect(await readHedges()).to.be.above(0);
  });

  it('tells the one that lost the race to stop', async () => {
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('cancelled-loser', { silent: silent(stuck), quick });
    while (stuck.length === 0) await client.getJsonWebKeySet({}, { timeoutMs: 20_000 });
    await until('the loser to hear of it', () => stuck[0]?.signal.aborted === true);
  });

  it('leaves a silent instance alone after the first silence', async () => {
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('left-alone', { silent: silent(stuck), one: quick, other: quick });
    while (stuck.length === 0) await client.getJsonWebKeySet({}, { timeoutMs: 20_000 });
    for (let n = 0; n < 300; n++) await client.getJsonWebKeySet({}, { timeoutMs: 20_000 });
    expect(stuck.length).to.equal(1);
  });

  it('asks no second time for what has side effects', async () => {
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('with-effects', { one: silent(stuck), other: silent(stuck) });
    const fault = await faultOf(
      client.subscribe({ flightCode: 'FL001', requestId: 'r' }, { timeoutMs: LATE_MS }),
    );
    expect(fault.kind).to.equal('deadline_exceeded');
    expect(stuck.length).to.equal(1);
  });

  it('stays with the instance that it asks for', async () => {
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('pinned-silence', { silent: silent(stuck), quick });
    const fault = await faultOf(client.getJsonWebKeySet({}, { timeoutMs: 300, instance: 'silent' }));
    expect(fault.kind).to.equal('deadline_exceeded');
  });

  it('goes to two instances at most, and both are told when the caller leaves', async () => {
    const stuck: CallContext[] = [];
    const all = { a: silent(stuck), b: silent(stuck), c: silent(stuck) };
    const client = await mesh.dialled('all-silent', all);
    const abort = new AbortController();
    const outcome = faultOf(client.getJsonWebKeySet({}, { signal: abort.signal, timeoutMs: 10_000 }));
    await until('the second one to be asked', () => stuck.length === 2);
    // Made at the first look, so that it hears what follows.
    expect(stuck.map(({ signal }) => signal.aborted)).to.deep.equal([false, false]);
    abort.abort();
    expect((await outcome).kind).to.equal('cancelled');
    await until('both to hear', () => stuck.every(({ signal }) => signal.aborted));
    expect(stuck.length).to.equal(2);
  });

  it('is not made when hedges are switched off', async () => {
    const plain = await openTestProcess({
      consulUrl: mesh.bed.consulUrl,
      service: 'caller',
      instance: 'caller_2',
      calls: { retries: true, hedges: false },
    });
    const stuck: CallContext[] = [];
    const client = await mesh.dialled('unhedged', { silent: silent(stuck), quick }, plain);
    let outcome = 'none';
    while (stuck.length === 0)
      outcome = await client.getJsonWebKeySet({}, { timeoutMs: LATE_MS }).then(
        () => 'answered',
        (fault: Fault) => fault.kind,
      );
    expect(outcome).to.equal('deadline_exceeded');
    expect(stuck.length).to.equal(1);
    await plain.close();
  });
});

describe('push-back', function () {
  this.timeout(30_000);
  let mesh: UserMesh;

  before(async () => {
    mesh = await openUserMesh();
  });

  after(() => mesh.close());

  it('is waited for before a retry, and means no retry when the deadline comes first', async () => {
    const calls: number[] = [];
    let retryAfterMs = 200;
    const asking: Partial<UserHandlers> = {
      subscribe: async () => {
        calls.push(performance.now());
        throw new Fault('unavailable', 'DATABASE_UNAVAILABLE', 'away', {}, { retryAfterMs });
      },
    };
    const client = await mesh.dialled('pushing', { a: asking });
    const request = { flightCode: 'FL001', requestId: 'r' };
    await faultOf(client.subscribe(request, { timeoutMs: 10_000 }));
    expect(calls.length).to.equal(3);
    for (const [i, at] of calls.slice(1).entries()) expect(at - (calls[i] ?? 0)).to.be.at.least(195);
    calls.length = 0;
    retryAfterMs = 60_000;
    expect(await faultOf(client.subscribe(request, { timeoutMs: 5000 }))).to.include({ kind: 'unavailable' });
    expect(calls.length).to.equal(1);
  });
});
