import { until } from '@flight/local';
import type { CallContext } from '@flight/mesh';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';
import { sendRaw, toRaw } from './support/raw-request.js';

const SEARCH = '/api/flight/search-flights?from=a&to=b';

describe('a deadline', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let calls: CallContext[];

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start({ timeLimits: { read: 300, write: 400, 'sign-in': 500 } });
  });
  after(() => bed.close());
  beforeEach(() => {
    calls = [];
    // A service that has no answer. Its clock may be the first to say that time is up, so it must not answer then either.
    bed.backends.scripts.flight.searchFlights = (_request, call) => {
      calls.push(call);
      return new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason));
      });
    };
  });

  async function took(headers: Record<string, string> = {}): Promise<number> {
    const began = performance.now();
    const answer = await edge.ask('GET', SEARCH, { headers });
    expect(answer).to.deep.include({
      status: 504,
      body: { message: 'The request took too long. Please try again.' },
    });
    return performance.now() - began;
  }

  // Node's timers and a busy machine may add to the 50 ms that are promised with CPU to spare.
  const SLACK_MS = 250;

  it("is the route's own", async () => {
    expect(await took()).to.be.within(295, 300 + SLACK_MS);
  });

  it('is shortened by the client', async () => {
    expect(await took({ 'grpc-timeout': '100m' })).to.be.within(90, 100 + SLACK_MS);
    expect(await took({ 'x-request-timeout': '50' })).to.be.within(40, 50 + SLACK_MS);
  });

  it('is not lengthened by the client', async () => {
    expect(await took({ 'grpc-timeout': '1H' })).to.be.within(295, 300 + SLACK_MS);
  });

  it('that is over before it began asks no service', async () => {
    await took({ 'x-request-timeout': '0' });
    await took({ 'grpc-timeout': '1n' });
    expect(calls).to.have.length(0);
  });

  it('that is malformed is refused', async () => {
    for (const headers of [{ 'grpc-timeout': '1s' }, { 'x-request-timeout': 'soon' }])
      expect((await edge.ask('GET', SEARCH, { headers })).status).to.equal(400);
  });

  it('holds for a body that trickles in', async () => {
    const began = performance.now();
    const headers = ['Content-Type: application/json', 'Content-Length: 100'];
    const reply = await sendRaw(edge.address, toRaw('POST /api/auth/login', headers, '{"user'));
    expect(reply).to.match(/^HTTP\/1\.1 504 /);
    expect(performance.now() - began).to.be.within(495, 500 + SLACK_MS);
  });

  it("that is a client's own opens no breaker, while the route's own does", async () => {
    const isOpen = async () => {
      const { body } = await edge.ask('GET', '/metrics');
      return /mesh_breaker_state\{[^}]*instance="booking_service_1"[^}]*\} 2/.test(String(body));
    };
    for (let time = 0; time < 10; time++) await took({ 'x-request-timeout': '40' });
    expect(await isOpen()).to.equal(false);
    for (let time = 0; time < 5; time++) await took();
    expect(await isOpen()).to.equal(true);
  });

  it('reaches the service', async () => {
    const before = Date.now();
    await took({ 'x-request-timeout': '200' });
    expect(calls[0]?.deadline).to.be.within(before + 100, before + 200 + SLACK_MS);
  });

  it('is over when the client goes away', async () => {
    // One whose own limits are far, so that it is not they that end the call.
    const patient = await bed.start({ timeLimits: { read: 30_000, write: 30_000, 'sign-in': 30_000 } });
    const client = new AbortController();
    const asked = patient.ask('GET', SEARCH, { signal: client.signal }).catch((error: Error) => error.name);
    await until(() => calls.length === 1);
    const [call] = calls;
    // Looked at before, as the signal is made at the first look.
    expect(call?.signal.aborted).to.equal(false);
    const left = performance.now();
    client.abort();
    expect(await asked).to.equal('AbortError');
    await until(() => call?.signal.aborted === true);
    expect(performance.now() - left).to.be.lessThan(5000);
    await until(async () => {
      const { body } = await patient.ask('GET', '/metrics');
      const gone = String(body)
        .split('\n')
        .find((line) => line.includes('_count') && line.includes('status="499"'));
      return gone?.includes('route="/api/flight/search-flights"') ?? false;
    });
  });
});
