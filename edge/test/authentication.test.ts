import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';
import { createTokenSigner } from './support/tokens.js';

const CHALLENGE = /^Bearer error="invalid_token", error_description="[^"]+"$/;

describe('a bearer token', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
  });
  after(() => bed.close());

  async function ask(authorization: string | undefined) {
    const headers = authorization === undefined ? {} : { authorization };
    return edge.ask('GET', '/api/flight/bookings/1', { headers });
  }

  it('is asked for', async () => {
    const answer = await ask(undefined);
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
  });

  it('is taken when it is good', async () => {
    expect((await ask(`Bearer ${await bed.token()}`)).status).to.equal(200);
    expect((await ask(`bearer ${await bed.token()}`)).status).to.equal(200);
  });

  it('is refused when it is not', async () => {
    const stranger = await createTokenSigner('test-key');
    const good = await bed.token();
    const [head, , signature] = good.split('.');
    const forged = Buffer.from('{"sub":"1"}').toString('base64url');
    const tokens = [
      '',
      'x',
      'a.b.c',
      await stranger.sign(),
      await (await createTokenSigner('other-key')).sign(),
      await bed.token({ issuer: 'somebody' }),
      await bed.token({ audience: 'somebody' }),
      await bed.token({ type: 'JWT' }),
      await bed.token({ userId: 0 }),
      `${head}.${forged}.${signature}`,
      `${good}x`,
    ];
    for (const token of tokens) {
      const answer = await ask(`Bearer ${token}`);
      expect(answer.status, token).to.equal(401);
      expect(answer.headers.get('www-authenticate'), token).to.match(CHALLENGE);
    }
  });

  it('is refused when it has expired', async () => {
    const answer = await ask(`Bearer ${await bed.token({ expiresIn: -1 })}`);
    expect(answer).to.deep.include({
      status: 401,
      body: { message: 'The bearer token has expired. Please sign in again.' },
    });
  });

  it('can not be replaced by other credentials', async () => {
    for (const other of ['Basic YTpi', 'Token x', `Bearer ${await bed.token()}, Basic YTpi`])
      expect((await ask(other)).status, other).to.equal(401);
  });

  it('must be good where it need not be there', async () => {
    const list = (headers: Record<string, string>) =>
      edge.ask('GET', '/api/auth/user-subscriptions/2', { headers });
    expect((await list({})).status).to.equal(200);
    expect((await list({ authorization: `Bearer ${await bed.token()}` })).status).to.equal(200);
    expect((await list({ authorization: 'Bearer x' })).status).to.equal(401);
    expect((await list({ authorization: 'Basic YTpi' })).status).to.equal(401);
  });

  it("opens one's own bookings, and to staff everybody's", async () => {
    const list = async (roles: readonly string[]) =>
      edge.ask('GET', '/api/flight/bookings/2', { token: await bed.token({ userId: 1, roles }) });
    expect(await list([])).to.deep.include({
      status: 403,
      body: { message: 'You can only see your own bookings' },
    });
    expect((await list(['staff'])).status).to.equal(200);
  });
});

describe('the strict policy', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start({ policy: 'strict' });
  });
  after(() => bed.close());

  it("keeps a user's subscriptions to the user and to staff", async () => {
    const list = async (token?: string) =>
      (await edge.ask('GET', '/api/auth/user-subscriptions/2', token === undefined ? {} : { token })).status;
    expect(await list()).to.equal(401);
    expect(await list(await bed.token({ userId: 1 }))).to.equal(403);
    expect(await list(await bed.token({ userId: 2 }))).to.equal(200);
    expect(await list(await bed.token({ userId: 1, roles: ['staff'] }))).to.equal(200);
  });

  it('lets staff alone change flights', async () => {
    const change = async (roles: readonly string[]) =>
      edge.ask('PATCH', '/api/flight/flights/FL001', {
        body: { status: 'Delayed' },
        token: await bed.token({ roles }),
      });
    expect((await change([])).status).to.equal(403);
    expect((await change(['staff'])).status).to.equal(200);
  });

  it('has no testing endpoints, not even in the documentation', async () => {
    for (const path of ['/seed', '/api/flight/seed', '/api/auth/simulate-failure']) {
      expect((await edge.ask('GET', path)).status).to.equal(404);
      expect(edge.document.paths).to.not.have.property(path);
    }
  });
});
