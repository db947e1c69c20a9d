import { type CallContext, Fault } from '@flight/mesh';
import { FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { BOOKING, FLIGHT } from './support/backends.js';
import { type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';

describe('the documented conversation', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed({ userInstances: 3 });
    edge = await bed.start();
  });
  after(() => bed.close());
  afterEach(() => bed.backends.reset());

  it('registers a user', async () => {
    const asked: unknown[] = [];
    bed.backends.scripts.user.register = async (request) => {
      asked.push(request);
      return { userId: 7 };
    };
    const body = {
      username: 'johndoe',
      password: 'securepassword123',
      email: 'johndoe@example.com',
      admin: true,
    };
    const answer = await edge.ask('POST', '/api/auth/register', { body });
    expect(answer.status).to.equal(201);
    expect(answer.body).to.deep.equal({ message: 'User registered successfully', userId: 7 });
    const { admin: _, ...account } = body;
    expect(asked).to.have.length(1);
    expect(asked[0])
      .to.deep.include(account)
      .and.to.have.property('requestId')
      .that.matches(/^[\x21-\x7e]{1,255}$/);
  });

  it('signs a user in', async () => {
    bed.backends.scripts.user.login = async () => ({
      userId: 7,
      accessToken: 'a.b.c',
      expireTime: new Date(),
    });
    const body = { username: 'johndoe', password: 'securepassword123' };
    const answer = await edge.ask('POST', '/api/auth/login', { body });
    expect(answer).to.deep.include({
      status: 200,
      body: { message: 'Login successful', userId: 7, token: 'a.b.c' },
    });
    expect(answer.headers.get('cache-control')).to.equal('no-store');
  });

  it("lists a user's subscriptions", async () => {
    const answer = await edge.ask('GET', '/api/auth/user-subscriptions/1');
    expect(answer).to.deep.include({ status: 200, body: { userId: 1, flights: ['FL001', 'FL002'] } });
  });

  it('lists no subscriptions as an empty list', async () => {
    bed.backends.scripts.user.listSubscriptions = async () => ({ subscriptions: [], nextPageToken: '' });
    const answer = await edge.ask('GET', '/api/auth/user-subscriptions/1');
    expect(answer).to.deep.include({ status: 200, body: { userId: 1, flights: [] } });
  });

  it('finds flights', async () => {
    const answer = await edge.ask('GET', '/api/flight/search-flights?from=Chisinau&to=London');
    const { flightCode, airline, departure, arrival, price } = FLIGHT;
    expect(answer).to.deep.include({
      status: 200,
      body: { flights: [{ flightCode, airline, departure, arrival, price, status: 'On Time' }] },
    });
  });

  it('says that there are no flights', async () => {
    bed.backends.scripts.flight.searchFlights = async () => ({ flights: [], nextPageToken: '' });
    const answer = await edge.ask('GET', '/api/flight/search-flights?from=Chisinau&to=Nowhere');
    expect(answer).to.deep.include({ status: 404, body: { message: 'No flights found' } });
  });

  it('books a flight', async () => {
    const body = { flightId: 'FL001', paymentMethod: 'credit_card' };
    const answer = await edge.ask('POST', '/api/flight/book-flight', { body, token: await bed.token() });
    expect(answer).to.deep.include({
      status: 201,
      body: { message: 'Flight booked successfully', bookingId: 1, flightId: 'FL001', price: 200 },
    });
    expect(answer.headers.get('idempotency-replayed')).to.equal(null);
  });

  it("lists a user's bookings", async () => {
    const answer = await edge.ask('GET', '/api/flight/bookings/1', { token: await bed.token() });
    const booking = {
      bookingId: 1,
      flightCode: 'FL001',
      bookingStatus: 'Confirmed',
      departure: '2024-10-01 10:00',
      flightStatus: 'On Time',
    };
    expect(answer).to.deep.include({ status: 200, body: { userId: 1, bookings: [booking] } });
  });

  it('says that there are no bookings', async () => {
    bed.backends.scripts.booking.listBookings = async () => ({ bookings: [], nextPageToken: '' });
    const answer = await edge.ask('GET', '/api/flight/bookings/1', { token: await bed.token() });
    expect(answer).to.deep.include({ status: 404, body: { message: 'No bookings found for this user' } });
  });

  it('cancels a booking', async () => {
    const answer = await edge.ask('DELETE', '/api/flight/cancel-booking/1', { token: await bed.token() });
    expect(answer).to.deep.include({ status: 200, body: { message: 'Booking canceled successfully' } });
  });

  it('seeds at both addresses, and says when there was nothing to do', async () => {
    for (const path of ['/seed', '/api/flight/seed']) {
      bed.backends.scripts.flight.seedFlights = async () => ({ flightsAdded: 11 });
      expect(await edge.ask('GET', path)).to.deep.include({
        status: 201,
        body: { message: 'Default flight data added.' },
      });
      bed.backends.scripts.flight.seedFlights = async () => ({ flightsAdded: 0 });
      expect(await edge.ask('GET', path)).to.deep.include({
        status: 200,
        body: { message: 'Flight data already exists.' },
      });
    }
  });

  it("changes a flight's status, whatever the case it is written in", async () => {
    const asked: FlightStatus[] = [];
    bed.backends.scripts.flight.setFlightStatus = async ({ status }) => {
      asked.push(status);
      return { flight: { ...FLIGHT, status } };
    };
    const answer = await edge.ask('PATCH', '/api/flight/flights/fl001', {
      body: { status: 'gate closed' },
      token: await bed.token(),
    });
    expect(answer).to.deep.include({
      status: 200,
      body: { message: 'Flight status updated', flightCode: 'FL001', status: 'Gate Closed' },
    });
    expect(asked).to.deep.equal([FlightStatus.GATE_CLOSED]);
  });

  it('names the statuses that a flight can have', async () => {
    const answer = await edge.ask('PATCH', '/api/flight/flights/FL001', {
      body: { status: 'Lost' },
      token: await bed.token(),
    });
    expect(answer.status).to.equal(400);
    expect(answer.body).to.have.property('message').that.includes('On Time, Delayed, Boarding');
  });

  it('shows the known instances by name', async () => {
    const { status, body } = await edge.ask('GET', '/api/discovery/status');
    expect(status).to.equal(200);
    const { services } = body as { services: Record<string, { instance: string; url: string }[]> };
    expect(services.user_service?.map(({ instance }) => instance)).to.deep.equal([
      'user_service_1',
      'user_service_2',
      'user_service_3',
    ]);
    expect(services.booking_service).to.have.length(1);
    expect(services.booking_service?.[0]?.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('shows its own port and uptime', async () => {
    const { status, body } = await edge.ask('GET', '/api/gateway/status');
    expect(status).to.equal(200);
    expect(body).to.deep.include({ status: 'Gateway is running', port: Number(new URL(edge.address).port) });
    expect((body as { uptime: number }).uptime).to.be.greaterThan(0);
  });

  it('serves the keys that tokens are verified with', async () => {
    const { status, body } = await edge.ask('GET', '/.well-known/jwks.json');
    const { kid, kty, crv, x } = bed.backends.signer.key;
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ keys: [{ kid, kty, crv, x, alg: 'EdDSA', use: 'sig' }] });
  });

  it('has the wished instance fail', async () => {
    const answer = await edge.ask('GET', '/api/auth/simulate-failure?instance=user_service_2');
    expect(answer).to.deep.include({
      status: 500,
      body: { message: 'An error occurred. Please try again later.' },
    });
    const metrics = await edge.ask('GET', '/metrics');
    expect(metrics.body).to.match(
      /grpc_client_attempts_total\{[^}]*instance="user_service_2",code="internal"[^}]*\} 1/,
    );
  });

  it('says that an instance is unavailable once its breaker is open', async () => {
    const fail = () => edge.ask('GET', '/api/auth/simulate-failure?instance=user_service_3');
    const seen = [];
    for (let times = 0; times < 20; times++) seen.push((await fail()).status);
    const last = await fail();
    expect(seen[0]).to.equal(500);
    expect(last.status).to.equal(503);
    expect(last.body).to.deep.equal({
      message: 'user_service_3 is temporarily unavailable due to failures.',
    });
    expect(last.headers.get('retry-after')).to.equal('1');
  });

  it('tells an instance that is not there from one that can not be', async () => {
    const unknown = await edge.ask('GET', '/api/auth/simulate-failure?instance=user_service_9');
    expect(unknown).to.deep.include({
      status: 404,
      body: { message: 'user_service_9 is not a known instance' },
    });
    for (const malformed of ['booking_service_1', 'user_service_', '', 'a&instance=b'])
      expect((await edge.ask('GET', `/api/auth/simulate-failure?instance=${malformed}`)).status).to.equal(
        400,
      );
  });

  it('puts the pages of a long list together', async () => {
    bed.backends.scripts.user.listSubscriptions = async ({ pageToken }) => {
      const page = Number(pageToken || 0);
      const subscriptions = [{ flightCode: `FL${page}`, createTime: new Date() }];
      return { subscriptions, nextPageToken: page < 2 ? String(page + 1) : '' };
    };
    const answer = await edge.ask('GET', '/api/auth/user-subscriptions/1');
    expect(answer.body).to.deep.equal({ userId: 1, flights: ['FL0', 'FL1', 'FL2'] });
    expect(answer.headers.get('link')).to.equal(null);
  });

  it('points to the rest of a list that is too long for one answer', async () => {
    bed.backends.scripts.booking.listBookings = async ({ pageToken }) => ({
      bookings: [BOOKING],
      nextPageToken: `${Number(pageToken || 0) + 1}`,
    });
    const token = await bed.token();
    const answer = await edge.ask('GET', '/api/flight/bookings/1', { token });
    expect(answer.headers.get('link')).to.equal('</api/flight/bookings/1?page_token=10>; rel="next"');
    const rest = await edge.ask('GET', '/api/flight/bookings/1?page_token=10', { token });
    expect(rest.headers.get('link')).to.equal('</api/flight/bookings/1?page_token=20>; rel="next"');
  });

  it('sends on who asks, what for, and how long it may take', async () => {
    const calls: CallContext[] = [];
    let msLeft = Number.NaN;
    bed.backends.scripts.booking.cancelBooking = async (_request, call) => {
      calls.push(call);
      msLeft = call.deadline - Date.now();
      throw new Fault('not_found', 'BOOKING_NOT_FOUND', 'Booking not found');
    };
    const token = await bed.token();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const before = Date.now();
    const answer = await edge.ask('DELETE', '/api/flight/cancel-booking/5', {
      token,
      headers: { 'x-request-id': 'my-request', traceparent, 'x-request-timeout': '1500' },
    });
    expect(answer).to.deep.include({ status: 404, body: { message: 'Booking not found' } });
    expect(answer.headers.get('x-request-id')).to.equal('my-request');
    const [call] = calls;
    expect(call).to.deep.include({ requestId: 'my-request', token, traceparent });
    // Less than the route's own 2000, however long it took to come here.
    expect(msLeft).to.be.below(1600);
    expect(call?.deadline).to.be.above(before + 1400);
  });

  it('makes a request id where the client sends none that can be used', async () => {
    const one = await edge.ask('GET', '/livez', { headers: { 'x-request-id': 'x'.repeat(129) } });
    const other = await edge.ask('GET', '/livez');
    expect(one.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
    expect(one.headers.get('x-request-id')).to.not.equal(other.headers.get('x-request-id'));
  });
});
