import { connect } from 'node:net';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { type Answer, type Ask, createClient } from '../../src/http-client.js';
import type { System } from '../../src/system.js';

/** Values that no field expects, for every place where a value goes. */
const GARBAGE: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.1,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  "' or 1=1; --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  'x'.repeat(20_000),
  [],
  ['FL001'],
  {},
  { $ne: null },
  { __proto__: { admin: true } },
];

const ROUTES: readonly {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly string[];
}[] = [
  { method: 'POST', path: '/api/auth/register', fields: ['username', 'password', 'email'] },
  { method: 'POST', path: '/api/auth/login', fields: ['username', 'password'] },
  { method: 'POST', path: '/api/flight/book-flight', fields: ['flightId', 'paymentMethod'] },
  { method: 'PATCH', path: '/api/flight/flights/FL001', fields: ['status'] },
];

const GOOD: Readonly<Record<string, string>> = {
  username: 'somebody',
  password: 'a good password',
  email: 'somebody@example.com',
  flightId: 'FL404',
  paymentMethod: 'cash',
  status: 'Delayed',
};

function expectRefusal(answer: Answer, status?: number): void {
  if (status === undefined) expect(answer.status, answer.text).to.be.within(400, 499);
  else expect(answer.status, answer.text).to.equal(status);
  expect((answer.body as { message?: unknown }).message, answer.text)
    .to.be.a('string')
    .and.not.equal('');
  expect(answer.headers.get('content-type')).to.match(/^application\/json/);
}

export function describeManners(getSystem: () => System): void {
  describe("the edge's manners", function () {
    this.timeout(120_000);
    let system: System;
    let ask: Ask;
    let customer: Customer;

    before(async () => {
      system = getSystem();
      ask = createClient(system.edgeUrl);
      await ask('GET', '/seed');
      customer = await makeCustomer(ask);
    });

    it('does not know unknown paths', async () => {
      for (const path of [
        '/',
        '/api',
        '/api/auth',
        '/api/nothing',
        '/api/flight/bookings',
        '/%2e%2e/etc',
        '//',
      ]) {
        expectRefusal(await ask('GET', path), 404);
      }
    });

    it('names the methods that a path has', async () => {
      const wrong = await ask('GET', '/api/auth/login');
      expectRefusal(wrong, 405);
      expect(wrong.headers.get('allow')).to.include('POST');
      expectRefusal(await ask('DELETE', '/api/flight/search-flights?from=a&to=b'), 405);
    });

    it('takes JSON and nothing else', async () => {
      const raw = 'username=a&password=b';
      for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/xml']) {
        expectRefusal(await ask('POST', '/api/auth/login', { raw, headers: { 'content-type': type } }), 415);
      }
      const headers = { 'content-type': 'application/json' };
      for (const broken of ['{', '{"username":', 'null', '[]', '"text"', '', '\u0000']) {
        expectRefusal(await ask('POST', '/api/auth/login', { raw: broken, headers }), 400);
      }
    });

    it('takes 64 KiB and no more', async () => {
      const json = { username: 'a', password: 'b', filler: 'x'.repeat(65 * 1024) };
      expectRefusal(await ask('POST', '/api/auth/login', { json }), 413);
    });

    it('answers problem details to who asks for them', async () => {
      const headers = { accept: 'application/problem+json' };
      const answer = await ask('POST', '/api/flight/book-flight', {
        ...customer,
        headers,
        json: { flightId: 'FL404', paymentMethod: 'cash' },
      });
      expect(answer.status).to.equal(404);
      expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
      expect(answer.body).to.deep.include({
        status: 404,
        detail: 'Flight not found',
        reason: 'FLIGHT_NOT_FOUND',
      });
      expect(answer.body).to.include.keys('type', 'title');
    });

    it('returns the request id that it was given, or one that it made', async () => {
      const given = await ask('GET', '/api/gateway/status', { headers: { 'x-request-id': 'mine-1' } });
      expect(given.headers.get('x-request-id')).to.equal('mine-1');
      const made = await ask('GET', '/api/gateway/status');
      expect(made.headers.get('x-request-id')).to.match(/^[\x21-\x7e]{8,}$/);
    });

    it('lets a client shorten its deadline, and refuses one that makes no sense', async () => {
      const path = '/api/flight/search-flights?from=Chisinau&to=London';
      for (const headers of [
        { 'x-request-timeout': '9000' },
        { 'grpc-timeout': '9000m' },
        { 'grpc-timeout': '1H' },
      ]) {
        expect((await ask('GET', path, { headers })).status).to.equal(200);
      }
      for (const headers of [
        { 'x-request-timeout': 'soon' },
        { 'x-request-timeout': '-1' },
        { 'grpc-timeout': '1x' },
        { 'grpc-timeout': '123456789m' },
      ]) {
        expectRefusal(await ask('GET', path, { headers }), 400);
      }
      expectRefusal(await ask('GET', path, { headers: { 'x-request-timeout': '0' } }), 504);
    });

    it('refuses garbage in every field of every body, and none of it breaks anything', async () => {
      for (const { method, path, fields } of ROUTES) {
        for (const field of fields) {
          for (const value of GARBAGE) {
            const json = { ...Object.fromEntries(fields.map((name) => [name, GOOD[name]])), [field]: value };
            const answer = await ask(method, path, { ...customer, json });
            // 429: so many failed sign-ins are more than one address is granted.
            expect(
              answer.status,
              `${method} ${path} ${field}=${JSON.stringify(value)?.slice(0, 60)}`,
            ).to.be.below(500);
            if (answer.status >= 400) expectRefusal(answer);
          }
        }
      }
    });

    it('refuses garbage in paths and queries', async () => {
      const ids = [
        'abc',
        '-1',
        '0',
        '1e9',
        '1.5',
        '9007199254740993',
        '99999999999999999999',
        '%00',
        '%ff',
        '1%27',
        '..%2f',
      ];
      for (const id of ids) {
        expectRefusal(await ask('GET', `/api/flight/bookings/${id}`, customer));
        expectRefusal(await ask('DELETE', `/api/flight/cancel-booking/${id}`, customer));
        expectRefusal(await ask('GET', `/api/auth/user-subscriptions/${id}`));
      }
      for (const query of [
        'from=a&from=b&to=c',
        'from[x]=a&to=b',
        'from=%00&to=b',
        'from=%ff&to=b',
        `from=${'x'.repeat(5000)}&to=b`,
      ]) {
        const { status } = await ask('GET', `/api/flight/search-flights?${query}`);
        expect(status, query.slice(0, 40)).to.be.within(400, 499);
      }
    });

    it('stores nothing of what it refused, nor fields that nobody asked for', async () => {
      const json = {
        username: 'plain-user',
        password: 'a good password',
        email: 'plain@example.com',
        roles: ['staff'],
        id: 77,
      };
      expect((await ask('POST', '/api/auth/register', { json })).status).to.equal(201);
      const { body } = await ask('POST', '/api/auth/login', { json });
      const { token } = body as { token: string };
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      expect(claims.roles).to.deep.equal([]);
      expect(claims.sub).not.to.equal('77');
      expect(JSON.stringify(claims)).not.to.include('plain');
    });

    it('survives bytes that are no HTTP', async () => {
      const { hostname, port } = new URL(system.edgeUrl);
      for (const bytes of [
        '\u0000\u0001\u0002\r\n\r\n',
        'GET\r\n\r\n',
        `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      ]) {
        await new Promise<void>((resolve) => {
          const socket = connect(Number(port), hostname, () => socket.write(bytes));
          socket
            .on('data', () => undefined)
            .on('error', () => resolve())
            .on('close', () => resolve());
        });
      }
      expect((await ask('GET', '/livez')).status).to.equal(200);
    });

    it('documents itself', async () => {
      const { status, body } = await ask('GET', '/openapi.json');
      expect(status).to.equal(200);
      const { openapi, paths } = body as { openapi: string; paths: Record<string, object> };
      expect(openapi).to.match(/^3\.1\./);
      expect(Object.keys(paths)).to.include.members([
        '/api/auth/register',
        '/api/flight/book-flight',
        '/api/flight/bookings/{user_id}',
      ]);
      const docs = await ask('GET', '/docs/');
      expect([docs.status, docs.headers.get('content-type')?.split(';')[0]]).to.deep.equal([
        200,
        'text/html',
      ]);
    });

    it('shows its health and its metrics, by route and never by URL', async () => {
      for (const path of ['/livez', '/readyz']) expect((await ask('GET', path)).status).to.equal(200);
      await ask('GET', '/api/flight/bookings/123456', customer);
      const { text } = await ask('GET', '/metrics');
      expect(text).to.include('/api/flight/bookings/{user_id}').and.not.include('123456');
    });
  });
}
