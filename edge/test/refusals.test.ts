import { Fault, type FaultKind } from '@flight/mesh';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';

const SEARCH = '/api/flight/search-flights?from=a&to=b';
const PROBLEM = { accept: 'application/problem+json' };

const KINDS: readonly (readonly [FaultKind, number])[] = [
  ['invalid_argument', 400],
  ['failed_precondition', 400],
  ['out_of_range', 400],
  ['unauthenticated', 401],
  ['permission_denied', 403],
  ['not_found', 404],
  ['already_exists', 409],
  ['aborted', 409],
  ['resource_exhausted', 429],
  ['cancelled', 499],
  ['unknown', 500],
  ['internal', 500],
  ['data_loss', 500],
  ['unimplemented', 501],
  ['unavailable', 503],
  ['deadline_exceeded', 504],
];

describe("what becomes of a service's refusal", () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
  });
  after(() => bed.close());
  afterEach(() => bed.backends.reset());

  function refuse(fault: unknown): void {
    bed.backends.scripts.flight.searchFlights = async () => {
      throw fault;
    };
  }

  async function book(headers: Record<string, string> = {}) {
    const body = { flightId: 'FL001', paymentMethod: 'cash' };
    return edge.ask('POST', '/api/flight/book-flight', { body, headers, token: await bed.token() });
  }

  for (const [kind, status] of KINDS)
    it(`is ${status} for ${kind}, as a message and as a problem`, async () => {
      refuse(new Fault(kind, 'SOME_REASON', 'Some words'));
      const plain = await edge.askFreely('GET', SEARCH);
      expect(plain.status).to.equal(status);
      expect(plain.headers.get('content-type')).to.equal('application/json');
      expect(plain.body).to.have.keys('message');
      const problem = await edge.askFreely('GET', SEARCH, { headers: PROBLEM });
      expect(problem.headers.get('content-type')).to.equal('application/problem+json');
      expect(problem.body).to.deep.include({
        type: 'urn:flight-booking:problem:some-reason',
        title: 'Some reason',
        status,
        reason: 'SOME_REASON',
        detail: (plain.body as { message: string }).message,
      });
    });

  it('is 500 without a word about it for an error that is no fault', async () => {
    refuse(new Error('password=hunter2 at /srv/app.js'));
    const answer = await edge.ask('GET', SEARCH);
    expect(answer).to.deep.include({
      status: 500,
      body: { message: 'An error occurred. Please try again later.' },
    });
  });

  it('is 500 for an answer that the edge can not understand', async () => {
    bed.backends.scripts.booking.bookFlight = async () => ({ booking: undefined, replayed: false });
    expect((await book()).status).to.equal(500);
  });

  for (const [kind, reason, status, message] of [
    ['not_found', 'FLIGHT_NOT_FOUND', 404, 'Flight not found'],
    ['failed_precondition', 'FLIGHT_SOLD_OUT', 409, 'Flight is sold out'],
    ['failed_precondition', 'FLIGHT_CANCELLED', 409, 'Flight is cancelled'],
    [
      'failed_precondition',
      'REQUEST_ID_REUSED',
      422,
      'This Idempotency-Key was used before with another body',
    ],
    ['aborted', 'REQUEST_IN_FLIGHT', 409, 'A request with this Idempotency-Key is still being carried out'],
  ] as const)
    it(`is ${status} for ${reason} of a booking`, async () => {
      bed.backends.scripts.booking.bookFlight = async () => {
        throw new Fault(kind, reason, 'as the service says it');
      };
      expect(await book()).to.deep.include({ status, body: { message } });
    });

  it('is 400 for an account that exists', async () => {
    bed.backends.scripts.user.register = async () => {
      throw new Fault('already_exists', 'ACCOUNT_EXISTS', 'exists');
    };
    const body = { username: 'a', password: 'b', email: 'c@example.com' };
    expect(await edge.ask('POST', '/api/auth/register', { body })).to.deep.include({
      status: 400,
      body: { message: 'Username or Email already exists' },
    });
  });

  it('is 404 for the subscriptions of nobody', async () => {
    bed.backends.scripts.user.listSubscriptions = async () => {
      throw new Fault('not_found', 'USER_NOT_FOUND', 'no');
    };
    expect(await edge.ask('GET', '/api/auth/user-subscriptions/9')).to.deep.include({
      status: 404,
      body: { message: 'User not found' },
    });
  });

  it('says when to come back', async () => {
    refuse(new Fault('unavailable', 'DATABASE_UNAVAILABLE', 'away', {}, { retryAfterMs: 2400 }));
    expect((await edge.ask('GET', SEARCH)).headers.get('retry-after')).to.equal('3');
    bed.backends.scripts.user.login = async () => {
      throw new Fault('resource_exhausted', 'SIGN_IN_BUSY', 'busy');
    };
    const body = { username: 'a', password: 'b' };
    const busy = await edge.ask('POST', '/api/auth/login', { body });
    expect(busy.status).to.equal(429);
    expect(busy.headers.get('retry-after')).to.equal('1');
  });

  it('is a problem only for those who name it', async () => {
    refuse(new Fault('not_found', 'SOME_REASON', 'Some words'));
    const typeFor = async (accept: string) =>
      (await edge.askFreely('GET', SEARCH, { headers: { accept } })).headers.get('content-type');
    expect(await typeFor('*/*')).to.equal('application/json');
    expect(await typeFor('application/json')).to.equal('application/json');
    expect(await typeFor('application/problem+json;q=0, */*')).to.equal('application/json');
    expect(await typeFor('text/html, Application/Problem+JSON;q=0.5')).to.equal('application/problem+json');
  });
});

describe('Idempotency-Key', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
  });
  after(() => bed.close());
  afterEach(() => bed.backends.reset());

  async function namesOfBookings(...keys: readonly (string | undefined)[]): Promise<readonly string[]> {
    const names: string[] = [];
    const usual = bed.backends.scripts.booking.bookFlight;
    bed.backends.scripts.booking.bookFlight = async (request, call) => {
      names.push(request.requestId);
      return usual(request, call);
    };
    for (const key of keys) await book(key);
    return names;
  }

  async function book(key?: string) {
    const body = { flightId: 'FL001', paymentMethod: 'cash' };
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return edge.ask('POST', '/api/flight/book-flight', { body, headers, token: await bed.token() });
  }

  it('names the booking for the service', async () => {
    const longest = '~'.repeat(255);
    expect(await namesOfBookings('my-key', longest)).to.deep.equal(['my-key', longest]);
  });

  it('is made for each booking where there is none', async () => {
    const [one, other] = await namesOfBookings(undefined, undefined);
    expect(one).to.match(/^[0-9a-f-]{36}$/);
    expect(one).to.not.equal(other);
  });

  it('is refused when it could not be kept', async () => {
    for (const key of ['', 'with blank', 'x'.repeat(256)]) expect((await book(key)).status).to.equal(400);
  });

  it('shows that an answer is a replay', async () => {
    const usual = bed.backends.scripts.booking.bookFlight;
    bed.backends.scripts.booking.bookFlight = async (request, call) => ({
      ...(await usual(request, call)),
      replayed: true,
    });
    const answer = await book('my-key');
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('idempotency-replayed')).to.equal('true');
  });
});
