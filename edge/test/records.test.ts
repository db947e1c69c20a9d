import { until } from '@flight/local';
import { createLogger, Fault } from '@flight/mesh';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';

describe('what the edge records', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  const lines: string[] = [];

  before(async () => {
    bed = await openEdgeBed();
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ service: 'edge', instance: 'edge_1', level: 'debug' }, destination);
    edge = await bed.start({ accessLogSample: 1 }, log);
  });
  after(() => bed.close());
  beforeEach(() => void lines.splice(0));
  afterEach(() => bed.backends.reset());

  const answered = () =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'answered');

  it('logs a request by its id, route and status', async () => {
    await edge.ask('GET', '/api/auth/user-subscriptions/17', { headers: { 'x-request-id': 'find-me' } });
    await until(() => answered().length === 1);
    expect(answered()[0]).to.include({
      request_id: 'find-me',
      method: 'GET',
      route: '/api/auth/user-subscriptions/{user_id}',
      status: 200,
    });
  });

  it('logs the whole of a defect with the request id, and tells the client nothing', async () => {
    bed.backends.scripts.user.listSubscriptions = async () => {
      throw new Fault('internal', 'INTERNAL', 'a defect over there');
    };
    await edge.ask('GET', '/api/auth/user-subscriptions/17', { headers: { 'x-request-id': 'broken' } });
    const defect = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'failed');
    expect(defect).to.deep.include({ request_id: 'broken' });
    expect(defect.err.message).to.equal('a defect over there');
  });

  it('keeps names, passwords, tokens, identifiers and addresses of people out of log and metrics', async () => {
    const secrets = ['jane-doe', 'jane@example.com', 'hunter2hunter2', '987654'];
    const token = await bed.token({ userId: 987_654 });
    const [username, email, password] = secrets;
    bed.backends.scripts.user.login = async () => {
      throw new Error('over there');
    };
    await edge.ask('POST', '/api/auth/register', { body: { username, email, password } });
    await edge.ask('POST', '/api/auth/login', { body: { username, password } });
    await edge.ask('GET', '/api/flight/bookings/987654', { token });
    await edge.ask('GET', '/no/such/jane-doe?token=hunter2hunter2');
    await until(() => answered().length >= 4);
    const { body } = await edge.ask('GET', '/metrics');
    for (const secret of [...secrets, token, '127.0.0.1'])
      expect(lines.join('') + String(body), secret).to.not.include(secret);
  });

  it('counts by route template, and everything else as unknown', async () => {
    for (const path of ['/a', '/b', '/c']) await edge.ask('GET', path);
    await edge.ask('GET', '/api/auth/user-subscriptions/1');
    const { body } = await edge.ask('GET', '/metrics');
    expect(body).to.match(/edge_request_seconds_count\{[^}]*route="unknown",status="404"[^}]*\} \d+/);
    expect(body).to.include('route="/api/auth/user-subscriptions/{user_id}"');
    expect(body).to.not.include('route="/a"');
    expect(body).to.match(/edge_requests_in_flight(\{[^}]*\})? 1\n/);
  });
});

describe('an edge that stops', () => {
  let bed: EdgeBed;

  before(async () => {
    bed = await openEdgeBed();
  });
  after(() => bed.close());

  it('is not ready any more, answers until balancers have noticed, and is gone', async () => {
    const edge = await bed.start({ process: { ...bed.config.process, lingerMs: 3000 } });
    const closed = edge.close();
    expect(await edge.ask('GET', '/readyz')).to.deep.include({
      status: 503,
      body: { status: 'waiting', missing: { process: 'stopping' } },
    });
    expect((await edge.ask('GET', '/api/flight/search-flights?from=a&to=b')).status).to.equal(200);
    await closed;
    const later = edge.ask('GET', '/livez');
    expect(
      await later.then(
        () => 'answered',
        () => 'gone',
      ),
    ).to.equal('gone');
  });
});
