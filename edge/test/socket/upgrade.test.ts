import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';
import { sendRaw, toRaw } from '../support/raw-request.js';
import { beRefused, connect } from '../support/socket-client.js';
import { createTokenSigner } from '../support/tokens.js';

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('the upgrade to WebSocket', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let token: string;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start({ allowedOrigins: ['localhost', 'https://app.example.com'] });
    token = await bed.token();
  });
  after(() => bed.close());

  it('works at both addresses, whatever follows the question mark', async () => {
    for (const path of ['/ws', '/', '/ws?from=here'])
      await (await connect(edge.address, token, { path })).close();
  });

  it('takes the token from the header', async () => {
    const client = await connect(edge.address, token);
    expect(client.ws.protocol).to.equal('');
    await client.close();
  });

  it('takes the token as browsers can send it, and never shows it again', async () => {
    const client = await connect(edge.address, undefined, { protocols: ['flight.v1', `bearer.${token}`] });
    expect(client.ws.protocol).to.equal('flight.v1');
    expect((await client.ask('subscribe', { flight_code: 'FL001' })).event).to.equal('subscribe');
    await client.close();
    const raw = await sendRaw(
      edge.address,
      handshake(['Sec-WebSocket-Protocol: flight.v1, bearer.not-a-token']),
    );
    expect(raw)
      .to.match(/^HTTP\/1\.1 401 /)
      .and.to.not.include('not-a-token');
  });

  it('selects nothing that it does not speak', async () => {
    const client = await connect(edge.address, token, { protocols: ['flight.v1', 'other'] });
    expect(client.ws.protocol).to.equal('flight.v1');
    await client.close();
  });

  it('is refused without a good token', async () => {
    const stranger = await createTokenSigner('test-key');
    const bad = [
      'nonsense',
      `${token.slice(0, -4)}AAAA`,
      await stranger.sign(),
      await bed.token({ issuer: 'other' }),
      await bed.token({ audience: 'other' }),
      await bed.token({ type: 'JWT' }),
    ];
    for (const one of bad) {
      for (const options of [bearer(one), { protocols: ['flight.v1', `bearer.${one}`] }]) {
        const refused = await beRefused(edge.address, options);
        expect(refused).to.deep.include({
          status: 401,
          body: { message: 'The bearer token is not valid. Please sign in again.' },
        });
        expect(refused.headers['www-authenticate']).to.include('Bearer error="invalid_token"');
        expect(refused.headers['content-type']).to.equal('application/json');
        expect(refused.headers['x-request-id']).to.be.a('string');
      }
    }
    const none = await beRefused(edge.address);
    expect(none).to.deep.include({
      status: 401,
      body: { message: 'A bearer token is needed. Please sign in.' },
    });
    expect(none.headers['www-authenticate']).to.equal('Bearer');
    expect((await beRefused(edge.address, bearer(await bed.token({ expiresIn: -10 })))).body).to.deep.equal({
      message: 'The bearer token has expired. Please sign in again.',
    });
    expect((await beRefused(edge.address, { headers: { authorization: 'Basic YTpi' } })).status).to.equal(
      401,
    );
  });

  it('is refused in the form that is asked for', async () => {
    const headers = { accept: 'application/problem+json', 'x-request-id': 'mine' };
    const refused = await beRefused(edge.address, { headers });
    expect(refused.headers).to.include({
      'content-type': 'application/problem+json',
      'x-request-id': 'mine',
    });
    expect(refused.body).to.deep.include({ status: 401, reason: 'TOKEN_MISSING' });
  });

  it('is refused at other addresses', async () => {
    for (const path of ['/api', '/ws/', '/wss', '/docs', '/%zz'])
      expect(await beRefused(edge.address, { path, ...bearer(token) })).to.deep.include({
        status: 404,
        body: { message: 'There is nothing at this address' },
      });
  });

  it('is refused to pages of other origins', async () => {
    const { host } = new URL(edge.address);
    for (const origin of [`http://${host}`, 'http://localhost:3000', 'https://app.example.com'])
      await (await connect(edge.address, token, { origin })).close();
    for (const origin of ['https://evil.test', 'null', 'https://app.example.com.evil.test'])
      expect(await beRefused(edge.address, { origin, ...bearer(token) })).to.deep.include({
        status: 403,
        body: { message: 'Pages of this origin may not connect' },
      });
  });

  it('is refused when the handshake is not one', async () => {
    const refusals = [
      handshake([`Authorization: Bearer ${token}`]).replace(
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Version: 7',
      ),
      handshake([`Authorization: Bearer ${token}`]).replace(/Sec-WebSocket-Key: .*\r\n/, ''),
      handshake([`Authorization: Bearer ${token}`, 'Sec-WebSocket-Protocol: a,,b']),
      handshake([`Authorization: Bearer ${token}`]).replace('GET', 'POST'),
    ];
    for (const bytes of refusals) {
      const raw = await sendRaw(edge.address, bytes);
      expect(raw)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.include('Sec-WebSocket-Version: 13')
        .and.include('{"message":"The WebSocket handshake is malformed"}');
    }
  });

  it('does not keep requests from being answered that ask for other upgrades', async () => {
    const raw = await sendRaw(
      edge.address,
      toRaw('GET /livez', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']).replace(
        'Connection: close',
        'Connection: Upgrade, HTTP2-Settings',
      ),
    );
    expect(raw)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.include('{"status":"alive"}');
  });

  it('bears clients that go in the middle of it', async () => {
    for (let n = 0; n < 20; n++) {
      const client = connect(edge.address, token).catch(() => undefined);
      (await client)?.ws.terminate();
    }
    await until(async () =>
      /edge_sockets\{[^}]*\} 0\n/.test(String((await edge.ask('GET', '/metrics')).body)),
    );
  });

  it('counts as a request of the network that it comes from', async () => {
    const strict = await bed.start({ requestsPerSecond: 1, trustProxy: ['loopback'] });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const { headers } = from('192.0.2.1');
    // Several at once, so that some of them come within the same second. One that is let in counts as a failure to be refused.
    const knocks = Promise.allSettled(
      Array.from({ length: 5 }, () =>
        beRefused(strict.address, { headers: { ...headers, ...bearer(token).headers } }),
      ),
    );
    const other = await connect(strict.address, token, from('192.0.2.2'));
    const refused = (await knocks).flatMap((knock) => (knock.status === 'fulfilled' ? [knock.value] : []));
    expect(refused).to.have.length.within(1, 4);
    for (const { status, headers: answered } of refused) {
      expect(status).to.equal(429);
      expect(answered['retry-after']).to.equal('1');
    }
    await other.close();
  });

  it('is refused with 503 when there are too many sockets, until one goes', async () => {
    const small = await bed.start({ socketLimits: { ...bed.config.socketLimits, sockets: 2 } });
    const clients = [await connect(small.address, token), await connect(small.address, token)];
    const refused = await beRefused(small.address, bearer(token));
    expect(refused).to.deep.include({
      status: 503,
      body: { message: 'Too many connections. Please try again later.' },
    });
    expect(refused.headers['retry-after']).to.equal('1');
    await clients[0]?.close();
    await until(() =>
      connect(small.address, token).then(
        (client) => client.close().then(() => true),
        () => false,
      ),
    );
    await clients[1]?.close();
  });
});

function handshake(headers: readonly string[]): string {
  return toRaw('GET /ws', [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]).replace('Connection: close', 'Connection: Upgrade');
}
