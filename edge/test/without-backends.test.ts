import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { type Backends, openBackends } from './support/backends.js';
import { createConfig, NOWHERE, type StartedEdge, startEdge } from './support/edge-bed.js';

const SEARCH = '/api/flight/search-flights?from=a&to=b';

describe('an edge without any backend', () => {
  let edge: StartedEdge;

  before(async () => {
    edge = await startEdge(createConfig(NOWHERE));
  });
  after(() => edge.close());

  it('lives, and names what is missing', async () => {
    expect((await edge.ask('GET', '/livez')).status).to.equal(200);
    expect(await edge.ask('GET', '/readyz')).to.deep.include({
      status: 503,
      body: {
        status: 'waiting',
        missing: { 'user-service': 'no instance is known', 'booking-service': 'no instance is known' },
      },
    });
  });

  it('answers at once when to come back', async () => {
    const body = { username: 'a', password: 'b' };
    const began = performance.now();
    for (const answer of [
      await edge.ask('GET', SEARCH),
      await edge.ask('POST', '/api/auth/login', { body }),
      await edge.ask('GET', '/.well-known/jwks.json'),
      await edge.ask('GET', '/api/auth/simulate-failure'),
      await edge.ask('GET', '/seed'),
    ]) {
      expect(answer.status).to.equal(503);
      expect(answer.body).to.deep.equal({
        message: 'The service is temporarily unavailable. Please try again later.',
      });
      expect(answer.headers.get('retry-after')).to.equal('1');
    }
    expect(performance.now() - began).to.be.lessThan(1000);
  });

  it('does not take a token for bad that it can not verify', async () => {
    const answer = await edge.ask('GET', '/api/flight/bookings/1', { token: 'a.b.c' });
    expect(answer.status).to.equal(503);
  });

  it('shows empty lists of instances', async () => {
    const { body } = await edge.ask('GET', '/api/discovery/status');
    expect(body).to.deep.include({ services: { user_service: [], booking_service: [] } });
  });
});

describe('an edge whose backends come later', () => {
  let bed: TestBed;
  let edge: StartedEdge;
  let backends: Backends;

  before(async () => {
    bed = await openTestBed({ consul: true });
    edge = await startEdge(createConfig(bed.consulUrl));
  });
  after(async () => {
    await edge.close();
    await backends?.close();
    await bed.close();
  });

  it('gets ready by itself', async () => {
    expect((await edge.ask('GET', '/readyz')).status).to.equal(503);
    backends = await openBackends(bed.consulUrl);
    await until(async () => (await edge.ask('GET', '/readyz')).status === 200);
    expect((await edge.ask('GET', SEARCH)).status).to.equal(200);
  });

  it('goes on for those services that are there when another goes', async () => {
    await edge.ask('GET', '/api/flight/bookings/1', { token: await backends.signer.sign() });
    await backends.closeUserService();
    const login = { body: { username: 'a', password: 'b' } };
    await until(async () => (await edge.ask('POST', '/api/auth/login', login)).status === 503);
    expect((await edge.ask('GET', SEARCH)).status).to.equal(200);
    const token = await backends.signer.sign({ userId: 2 });
    expect((await edge.ask('GET', '/api/flight/bookings/2', { token })).status).to.equal(200);
  });
});
