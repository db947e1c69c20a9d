import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';
import { sendRaw, toRaw } from './support/raw-request.js';

const LOGIN = 'POST /api/auth/login';
const JSON_HEADER = 'Content-Type: application/json';

describe("the edge's manners", () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
  });
  after(() => bed.close());

  /** Sends a request as bytes and answers its status and message. */
  async function send(line: string, headers: readonly string[] = [], body = '') {
    const reply = await sendRaw(edge.address, toRaw(line, headers, body));
    const [head = '', text = ''] = reply.split('\r\n\r\n');
    const message = (JSON.parse(text) as { message: string }).message;
    expect(head.toLowerCase()).to.include('content-type: application/json');
    return { status: Number(head.split(' ')[1]), message };
  }

  it('knows no other addresses', async () => {
    for (const path of ['/', '/nope', '/api', '/api/auth', '/docs/nope.js', '/..%2f..%2fetc/passwd'])
      expect(await edge.ask('GET', path)).to.deep.include({
        status: 404,
        body: { message: 'There is nothing at this address' },
      });
  });

  it('knows no address with an identifier that can not be', async () => {
    const token = await bed.token();
    for (const id of [
      'abc',
      '-1',
      '0',
      '1.5',
      '1e3',
      '99999999999999999999',
      '9007199254740993',
      '%00',
      '%F0%9F%9B%AB',
    ])
      for (const [method, path] of [
        ['GET', '/api/auth/user-subscriptions/'],
        ['GET', '/api/flight/bookings/'],
        ['DELETE', '/api/flight/cancel-booking/'],
      ] as const)
        expect((await edge.ask(method, path + id, { token })).status, `${path}${id}`).to.equal(404);
  });

  it('names the methods that an address takes', async () => {
    const put = await edge.ask('PUT', '/api/flight/search-flights');
    expect(put.status).to.equal(405);
    expect(put.headers.get('allow')).to.equal('GET, HEAD, OPTIONS');
    const get = await edge.ask('GET', '/api/flight/book-flight');
    expect(get.status).to.equal(405);
    expect(get.headers.get('allow')).to.equal('POST, OPTIONS');
    const options = await edge.ask('OPTIONS', '/api/flight/cancel-booking/1');
    expect(options.status).to.equal(204);
    expect(options.headers.get('allow')).to.equal('DELETE, OPTIONS');
    expect(options.headers.get('x-request-id')).to.not.equal(null);
  });

  it('answers HEAD like GET without the body', async () => {
    const answer = await edge.askFreely('HEAD', '/api/gateway/status');
    expect(answer).to.deep.include({ status: 200, body: '' });
    expect(Number(answer.headers.get('content-length'))).to.be.greaterThan(0);
  });

  it('takes JSON only', async () => {
    const body = '{"username":"a","password":"b"}';
    const length = `Content-Length: ${body.length}`;
    for (const headers of [
      [length],
      [length, 'Content-Type: text/plain'],
      [length, 'Content-Type: application/x-www-form-urlencoded'],
      [length, 'Content-Type: application/json; charset=latin1'],
      [length, 'Content-Type: application/jsonp'],
      [length, JSON_HEADER, 'Content-Encoding: gzip'],
    ])
      expect((await send(LOGIN, headers, body)).status, headers.join()).to.equal(415);
  });

  it('takes JSON in UTF-8 by any of its names', async () => {
    const body = '{"username":"a","password":"b"}';
    for (const type of [
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/json;charset="UTF-8"',
    ]) {
      const reply = await sendRaw(
        edge.address,
        toRaw(LOGIN, [`Content-Type: ${type}`, `Content-Length: ${body.length}`], body),
      );
      expect(reply, type).to.match(/^HTTP\/1\.1 200 /);
    }
  });

  it('takes bodies up to 64 KiB, announced or not', async () => {
    const fits = JSON.stringify({ username: 'a', password: 'b', filler: 'x'.repeat(64 * 1024 - 44) });
    expect(fits.length).to.be.within(64 * 1024 - 20, 64 * 1024);
    expect((await edge.ask('POST', '/api/auth/login', { body: JSON.parse(fits) })).status).to.equal(200);
    const tooLarge = 'x'.repeat(64 * 1024 + 1);
    expect(
      (await send(LOGIN, [JSON_HEADER, `Content-Length: ${tooLarge.length}`], tooLarge)).status,
    ).to.equal(413);
    const chunked = `${tooLarge.length.toString(16)}\r\n${tooLarge}\r\n0\r\n\r\n`;
    expect((await send(LOGIN, [JSON_HEADER, 'Transfer-Encoding: chunked'], chunked)).status).to.equal(413);
  });

  it('does not guess what a broken body means', async () => {
    for (const body of ['{', 'nope', '{"username":"a",}', "{'a':1}", '\u0000', '{"username":"\xff"}']) {
      const bytes = Buffer.from(body, 'latin1');
      const head = toRaw(LOGIN, [JSON_HEADER, `Content-Length: ${bytes.length}`]);
      const reply = await sendRaw(edge.address, Buffer.concat([Buffer.from(head), bytes]));
      expect(reply, body).to.match(/^HTTP\/1\.1 400 /);
      expect(reply).to.include('The body is not valid JSON');
    }
  });

  it('wants an object', async () => {
    for (const body of [[], 'text', 1, null, true, [{ username: 'a', password: 'b' }]])
      expect(await edge.ask('POST', '/api/auth/login', { body })).to.deep.include({
        status: 400,
        body: { message: 'The body must be a JSON object' },
      });
  });

  it('names what is missing, in the documented words', async () => {
    const messageOf = async (path: string, body?: unknown) => {
      const options = { token: await bed.token(), ...(body !== undefined && { body }) };
      const answer = await edge.ask('POST', path, options);
      expect(answer.status).to.equal(400);
      return (answer.body as { message: string }).message;
    };
    for (const body of [
      undefined,
      {},
      { username: 'a' },
      { username: 'a', password: '' },
      { username: null },
    ])
      expect(await messageOf('/api/auth/login', body)).to.equal('Missing username or password');
    for (const body of [{}, { username: 'a', password: 'b' }, { username: '', password: 'b', email: 'c' }])
      expect(await messageOf('/api/auth/register', body)).to.equal('Missing username, password, or email');
    expect(await messageOf('/api/flight/book-flight', { flightId: 'FL001' })).to.equal(
      'Missing flightId or paymentMethod',
    );
  });

  it('says it when a city is missing', async () => {
    for (const query of ['', '?from=Chisinau', '?to=London', '?from=&to=London', '?from=%20&to=London'])
      expect(await edge.ask('GET', `/api/flight/search-flights${query}`)).to.deep.include({
        status: 400,
        body: { message: 'Missing from or to' },
      });
  });

  it('names the field that is wrong', async () => {
    const answer = await edge.ask('GET', '/api/flight/search-flights?from=a&from=b&to=c');
    expect(answer).to.deep.include({ status: 400, body: { message: 'from must be one text, not several' } });
    const number = await edge.ask('POST', '/api/auth/login', { body: { username: 5, password: 'b' } });
    expect(number).to.deep.include({ status: 400, body: { message: 'username must be a text' } });
  });

  it('counts characters as people do', async () => {
    const login = (username: string) =>
      edge.ask('POST', '/api/auth/login', { body: { username, password: 'b' } });
    expect((await login('🛫'.repeat(80))).status).to.equal(200);
    expect(await login('🛫'.repeat(81))).to.deep.include({
      status: 400,
      body: { message: 'username must be at most 80 characters' },
    });
  });

  it('refuses addresses with malformed percent-encoding', async () => {
    for (const path of ['/%zz', '/api/flight/flights/%E0%A4%A', '/api/flight/search-flights?from=%ff&to=b'])
      expect((await send(`GET ${path}`)).status).to.equal(400);
  });

  it('answers what is not HTTP', async () => {
    const reply = await sendRaw(edge.address, 'NOT HTTP AT ALL\r\n\r\n');
    expect(reply)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.to.include('"message"');
    const headers = await sendRaw(edge.address, toRaw('GET /livez', [`X-Long: ${'x'.repeat(20_000)}`]));
    expect(headers)
      .to.match(/^HTTP\/1\.1 431 /)
      .and.to.include('"message"');
  });

  it('is not put off by what a client expects', async () => {
    const reply = await sendRaw(edge.address, toRaw('GET /livez', ['Expect: wonders']));
    expect(reply).to.match(/^HTTP\/1\.1 200 /);
  });

  it('does not tell what it is made of', async () => {
    const answer = await edge.ask('GET', '/livez');
    for (const name of ['x-powered-by', 'server', 'etag']) expect(answer.headers.get(name)).to.equal(null);
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
  });
});
