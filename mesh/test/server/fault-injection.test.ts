import { openTestBed, type TestBed, until } from '@flight/local';
import { FaultInjectionServiceDefinition, InjectedCode, type InjectFaultRequest } from '@flight/proto/mesh';
import { UserServiceDefinition } from '@flight/proto/user';
import { expect } from 'chai';
import type { MeshProcess } from '../../src/process.js';
import { faultOf } from '../support/fault-of.js';
import { openRawClient, type RawClient } from '../support/raw-client.js';
import { serveUsers } from '../support/user-service.js';

const KEYS = '/flight.user.v1.UserService/GetJsonWebKeySet';

describe('fault injection', function () {
  this.timeout(20_000);
  const lines: string[] = [];
  let bed: TestBed;
  let server: MeshProcess & { readonly address: string };
  let client: RawClient;

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await serve('faulty_1', true);
    client = openRawClient(server.address);
  });

  afterEach(() => clear());

  after(async () => {
    client.close();
    await server.close();
    await bed.close();
  });

  function serve(instance: string, faultInjection: boolean) {
    const handlers = {
      getJsonWebKeySet: async () => ({ keys: [] }),
      listSubscriptions: async () => ({ subscriptions: [], nextPageToken: '' }),
    };
    return serveUsers({
      consulUrl: bed.consulUrl,
      service: 'faulty',
      instance,
      handlers,
      lines,
      faultInjection,
    });
  }

  const keys = (timeoutMs = 2000) =>
    client.call(UserServiceDefinition, 'getJsonWebKeySet', {}, { timeoutMs });
  const subscriptions = () =>
    client.call(UserServiceDefinition, 'listSubscriptions', { userId: 1, pageSize: 0, pageToken: '' });
  const inject = (given: Partial<InjectFaultRequest>, to = client) =>
    to.call(FaultInjectionServiceDefinition, 'injectFault', {
      method: KEYS,
      errorRate: 0,
      code: InjectedCode.UNSPECIFIED,
      latency: undefined,
      blackHoleRate: 0,
      duration: { seconds: 60, nanos: 0 },
      requestId: '',
      ...given,
    });
  const clear = (method = '', to = client) =>
    to.call(FaultInjectionServiceDefinition, 'clearFaults', { method, requestId: '' });
  const list = (pageToken = '', pageSize = 0, to = client) =>
    to.call(FaultInjectionServiceDefinition, 'listFaults', { pageSize, pageToken });

  it('makes the calls of one method fail with the code that was asked for, and no others', async () => {
    const { fault } = await inject({ errorRate: 1, code: InjectedCode.INTERNAL });
    expect(fault).to.deep.include({ method: KEYS, errorRate: 1, code: InjectedCode.INTERNAL });
    for (let n = 0; n < 20; n++)
      expect(await faultOf(keys())).to.include({ kind: 'internal', reason: 'INJECTED_FAULT' });
    await subscriptions();
    await clear();
    await keys();
  });

  it('fails about as many calls as its rate says', async () => {
    await inject({ errorRate: 0.5 });
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => keys()));
    // Eight standard deviations to either side.
    expect(outcomes.filter(({ status }) => status === 'rejected').length).to.be.within(44, 156);
  });

  it('holds calls up', async () => {
    await inject({ method: '', latency: { seconds: 0, nanos: 200e6 } });
    const began = Date.now();
    await Promise.all([keys(), subscriptions()]);
    expect(Date.now() - began).to.be.at.least(199);
  });

  it('swallows calls until their deadline is over or their caller leaves', async () => {
    await inject({ blackHoleRate: 1 });
    const began = Date.now();
    expect((await faultOf(keys(300))).reason).to.equal('DEADLINE_EXCEEDED');
    expect(Date.now() - began).to.be.at.least(299);
    const caller = new AbortController();
    const swallowed = faultOf(
      client.call(UserServiceDefinition, 'getJsonWebKeySet', {}, { signal: caller.signal }),
    );
    await until('the call to be swallowed', async () => (await inFlight()) === 1);
    caller.abort();
    expect((await swallowed).kind).to.equal('cancelled');
    await until('the server to let go of it', async () => (await inFlight()) === 0);
  });

  it('is over by itself', async () => {
    await until('a call that meets the fault', async () => {
      await inject({ errorRate: 1, duration: { seconds: 1, nanos: 0 } });
      return keys().then(
        () => false,
        ({ reason }) => reason === 'INJECTED_FAULT',
      );
    });
    await until('the fault to be over', () =>
      keys().then(
        () => true,
        () => false,
      ),
    );
    expect((await list()).faults).to.deep.equal([]);
  });

  it('lists what is injected by method, in pages, with when it is over', async () => {
    await inject({ method: '', errorRate: 0.25 });
    const { fault } = await inject({ latency: { seconds: 1, nanos: 5e6 } });
    const first = await list('', 1);
    expect(first.faults.map(({ method, errorRate }) => [method, errorRate])).to.deep.equal([['', 0.25]]);
    const second = await list(first.nextPageToken, 1);
    expect(second).to.deep.equal({ faults: [fault], nextPageToken: '' });
    expect(fault?.latency).to.deep.equal({ seconds: 1, nanos: 5e6 });
    expect(Number(fault?.expireTime) - Date.now()).to.be.within(50_000, 60_000);
    expect((await faultOf(list('nonsense'))).reason).to.equal('INVALID_PAGE_TOKEN');
  });

  it('leaves itself alone, so that it can be ended', async () => {
    await inject({ method: '', blackHoleRate: 1 });
    expect(await clear()).to.deep.equal({ cleared: 1 });
    expect(await clear()).to.deep.equal({ cleared: 0 });
  });

  const WRONG: readonly [string, Partial<InjectFaultRequest>, string][] = [
    ['a rate above 1', { errorRate: 2 }, 'error_rate'],
    ['a rate below 0', { errorRate: -0.1 }, 'error_rate'],
    ['a rate that is no number', { blackHoleRate: Number.NaN }, 'black_hole_rate'],
    ['rates that are more than 1 together', { errorRate: 0.6, blackHoleRate: 0.6 }, 'black_hole_rate'],
    ['a latency of two minutes', { latency: { seconds: 120, nanos: 0 } }, 'latency'],
    ['a negative duration', { errorRate: 1, duration: { seconds: -1, nanos: 0 } }, 'duration'],
    ['no duration', { errorRate: 1, duration: undefined }, 'duration'],
    ['a duration beyond ten minutes', { errorRate: 1, duration: { seconds: 601, nanos: 0 } }, 'duration'],
    ['a method that is not there', { errorRate: 1, method: '/flight.user.v1.UserService/Nothing' }, 'method'],
    ['a method of the mesh', { errorRate: 1, method: '/grpc.health.v1.Health/Check' }, 'method'],
    ['nothing to happen', {}, 'error_rate'],
  ];
  for (const [what, given, field] of WRONG) {
    it(`refuses ${what} and changes nothing`, async () => {
      await inject({ errorRate: 0.5 });
      const before = await list();
      const fault = await faultOf(inject(given));
      expect(fault).to.deep.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD', facts: { field } });
      expect(await list()).to.deep.equal(before);
    });
  }

  it('is loud: at the start and at each injection', async () => {
    await inject({ errorRate: 0.01 });
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(warnings.some(({ msg }) => /fault injection is on/.test(msg))).to.equal(true);
    expect(warnings.find(({ fault }) => fault?.errorRate === 0.01)).to.deep.include({ instance: 'faulty_1' });
  });

  it('is refused where the configuration does not allow it', async () => {
    const sound = await serve('faulty_2', false);
    const other = openRawClient(sound.address);
    for (const refused of [inject({ errorRate: 1 }, other), clear('', other), list('', 0, other)])
      expect(await faultOf(refused)).to.include({ kind: 'permission_denied', reason: 'FAULT_INJECTION_OFF' });
    await other.call(UserServiceDefinition, 'getJsonWebKeySet', {});
    other.close();
    await sound.close();
  });

  async function inFlight(): Promise<number> {
    const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
    return Number(/^grpc_server_in_flight\{.*\} (\d+)$/m.exec(text)?.[1]);
  }
});
