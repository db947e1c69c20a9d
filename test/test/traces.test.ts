import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Stack, startStack, until } from '@flight/local';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../src/customer.js';
import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { type Ask, createClient } from '../src/http-client.js';
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from '../src/otlp-receiver.js';
import { reflect } from '../src/reflected-client.js';
import { connect } from '../src/update-socket.js';

const BOOK_FLIGHT = 'flight.booking.v1.BookingService/BookFlight';
const SEARCH_FLIGHTS = 'flight.booking.v1.FlightService/SearchFlights';
const ORDER = { flightId: 'FL005', paymentMethod: 'cash' };

/** A traceparent as a client sends it. */
function makeTraceparent(flags: '00' | '01') {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

describe('the traces of a running system', function () {
  this.timeout(120_000);
  let receiver: OtlpReceiver;
  let stack: Stack;
  let ask: Ask;
  let customer: Customer;

  before(async () => {
    receiver = await openOtlpReceiver();
    stack = await startStack({
      counts: { 'user-service': 1, 'booking-service': 2 },
      environment: {
        ...FAR_DEADLINES,
        // What is late is not asked for twice: that is another span.
        CALL_HEDGES: 'off',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '50',
        FAULT_INJECTION: 'on',
      },
    });
    ask = createClient(stack.edgeUrl);
    await ask('GET', '/seed');
    customer = await makeCustomer(ask, 'traced');
  });

  after(async () => {
    await stack?.close();
    await receiver?.close();
  });

  const book = (headers: Readonly<Record<string, string>> = {}) =>
    ask('POST', '/api/flight/book-flight', { token: customer.token, json: ORDER, headers });
  const spansOf = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);

  /** A trace once so many spans of it came. */
  async function traceOf(traceId: string, count: number): Promise<readonly ReceivedSpan[]> {
    await until(`${count} spans of a trace`, () => spansOf(traceId).length >= count);
    return spansOf(traceId);
  }

  /** The spans below a span, each a line `service kind name`, indented by its depth, in alphabetical order. */
  function draw(spans: readonly ReceivedSpan[], parentId: string | undefined, depth = 0): readonly string[] {
    return spans
      .filter((span) => span.parentId === parentId)
      .sort((one, other) => one.name.localeCompare(other.name))
      .flatMap(({ service, kind, name, spanId }) => [
        `${'  '.repeat(depth)}${service} ${kind} ${name}`,
        ...draw(spans, spanId, depth + 1),
      ]);
  }

  it("follow a booking from the client's own span through edge and service to the statement", async () => {
    const { traceId, spanId, headers } = makeTraceparent('01');
    expect((await book({ ...headers, 'x-request-id': 'traced-booking' })).status).to.equal(201);
    const spans = await traceOf(traceId, 5);
    expect(draw(spans, spanId)).to.deep.equal([
      'edge server POST /api/flight/book-flight',
      `  edge internal ${BOOK_FLIGHT}`,
      `    edge client Attempt ${BOOK_FLIGHT}`,
      `      booking-service server ${BOOK_FLIGHT}`,
      '        booking-service client place_order',
    ]);
    expect(spans).to.have.length(5);
    const [exchange, statement] = [/^POST/, /^place_order$/].map((name) =>
      spans.find((span) => name.test(span.name)),
    );
    expect(exchange?.attributes).to.deep.include({
      'http.request.method': 'POST',
      'http.route': '/api/flight/book-flight',
      'http.response.status_code': 201,
      request_id: 'traced-booking',
    });
    expect(statement?.attributes).to.deep.include({
      'db.system.name': 'postgresql',
      'db.query.summary': 'place_order',
      database: 'booking-db',
    });
    expect(statement?.instance).to.match(/^booking_service_[12]$/);
    expect(spans.filter(({ failure }) => failure !== undefined)).to.deep.equal([]);
  });

  it('name their trace in the log of the service that was called', async () => {
    const { traceId, headers } = makeTraceparent('01');
    await book(headers);
    const logs = ['booking_service_1', 'booking_service_2'].map((id) =>
      join(stack.dataDir, 'logs', `${id}.log`),
    );
    const lines = async () =>
      (await Promise.all(logs.map((file) => readFile(file, 'utf8')))).join('').split('\n');
    await until('a line of the trace', async () => (await lines()).some((line) => line.includes(traceId)));
    const found = (await lines()).filter((line) => line.includes(traceId)).map((line) => JSON.parse(line));
    expect(found).to.have.length(1);
    expect(found[0]).to.include({ msg: 'served', method: `/${BOOK_FLIGHT}`, trace_id: traceId });
  });

  it('begin at the edge when the client names none', async () => {
    const before = receiver.spans.length;
    await ask('GET', '/api/flight/search-flights?from=Berlin&to=Madrid');
    const isRoot = ({ name, parentId }: ReceivedSpan) =>
      name === 'GET /api/flight/search-flights' && parentId === undefined;
    await until('the search', () => receiver.spans.slice(before).some(isRoot));
    const root = receiver.spans.slice(before).find(isRoot);
    // The first search of a route finds nothing in the cache, so one statement belongs to it.
    const spans = await traceOf(root?.traceId ?? '', 5);
    expect(draw(spans, undefined)).to.deep.equal([
      'edge server GET /api/flight/search-flights',
      `  edge internal ${SEARCH_FLIGHTS}`,
      `    edge client Attempt ${SEARCH_FLIGHTS}`,
      `      booking-service server ${SEARCH_FLIGHTS}`,
      '        booking-service client list_route',
    ]);
  });

  it('show a retry as a second attempt, and why the first one failed', async () => {
    const faulty = stack.instances.find(({ id }) => id === 'booking_service_1');
    const operator = await reflect(faulty?.address ?? '');
    const service = 'flight.mesh.v1.FaultInjectionService';
    await operator.call(service, 'InjectFault', {
      method: `/${BOOK_FLIGHT}`,
      error_rate: 1,
      code: 'INJECTED_CODE_UNAVAILABLE',
      duration: { seconds: 60 },
    });
    try {
      let traceId = '';
      // Half of the calls go to the other instance at once.
      await until('an attempt that fails', async () => {
        const parent = makeTraceparent('01');
        traceId = parent.traceId;
        expect((await book(parent.headers)).status).to.equal(201);
        const attempts = (await traceOf(traceId, 5)).filter(({ name }) => name.startsWith('Attempt'));
        return attempts.some(({ attributes }) => attributes.instance === 'booking_service_1');
      });
      const spans = await traceOf(traceId, 7);
      const attempts = spans
        .filter(({ name }) => name.startsWith('Attempt'))
        .sort((one, other) => Number(one.attributes.attempt) - Number(other.attributes.attempt));
      expect(
        attempts.map(({ attributes: { instance, attempt }, failure }) => [instance, attempt, failure]),
      ).to.deep.equal([
        ['booking_service_1', 0, 'INJECTED_FAULT'],
        ['booking_service_2', 1, undefined],
      ]);
      expect(new Set(attempts.map(({ parentId }) => parentId)).size).to.equal(1);
      const served = spans.filter(({ kind, name }) => kind === 'server' && name === BOOK_FLIGHT);
      expect(served.map(({ instance, parentId }) => [instance, parentId])).to.have.deep.members([
        ['booking_service_1', attempts[0]?.spanId],
        ['booking_service_2', attempts[1]?.spanId],
      ]);
    } finally {
      await operator.call(service, 'ClearFaults', {});
      operator.close();
    }
  });

  it('of events on a socket begin at the edge, too', async () => {
    const socket = await connect(stack.edgeUrl, customer.token);
    const before = receiver.spans.length;
    await socket.ask('subscribe', { flight_code: 'FL001' });
    await socket.close();
    const isEvent = ({ name }: ReceivedSpan) => name === 'WebSocket subscribe';
    await until('the event', () => receiver.spans.slice(before).some(isEvent));
    const root = receiver.spans.slice(before).find(isEvent);
    const spans = await traceOf(root?.traceId ?? '', 5);
    expect(draw(spans, undefined)).to.deep.equal([
      'edge server WebSocket subscribe',
      '  edge internal flight.user.v1.UserService/Subscribe',
      '    edge client Attempt flight.user.v1.UserService/Subscribe',
      '      user-service server flight.user.v1.UserService/Subscribe',
      '        user-service client insert-subscription',
    ]);
  });

  it('are not recorded of what the client does not want recorded', async () => {
    const { traceId, headers } = makeTraceparent('00');
    expect((await book(headers)).status).to.equal(201);
    // A process sends its spans in the order of their ends: what comes later shows that nothing of this one does.
    const later = new Set<string>();
    await until('a later span of every process', async () => {
      const { traceId: id, headers: sampled } = makeTraceparent('01');
      await book(sampled);
      for (const { instance } of await traceOf(id, 5)) later.add(instance);
      return ['edge_1', 'booking_service_1', 'booking_service_2'].every((instance) => later.has(instance));
    });
    expect(spansOf(traceId)).to.deep.equal([]);
  });

  it('hold nothing of a person: no name, address, password, or token', async () => {
    const { username, password, token, userId } = await makeCustomer(ask, 'private');
    const { traceId, headers } = makeTraceparent('01');
    await ask('GET', `/api/flight/bookings/${userId}`, { token, headers });
    await ask('POST', '/api/auth/login', { json: { username, password: 'a wrong one' }, headers });
    await ask('POST', '/api/auth/register', {
      json: { username, password, email: `${username}@example.com` },
      headers,
    });
    const routes = ['GET /api/flight/bookings/{user_id}', 'POST /api/auth/login', 'POST /api/auth/register'];
    await until('all three', () =>
      routes.every((route) => spansOf(traceId).some(({ name }) => name === route)),
    );
    await until('the statements', () =>
      ['list_bookings', 'find-account-by-username', 'insert-account'].every((statement) =>
        spansOf(traceId).some(({ name }) => name === statement),
      ),
    );
    const bytes = receiver.bytes.toString('latin1');
    expect(bytes).to.include('find-account-by-username');
    for (const secret of [
      username,
      password,
      'a wrong one',
      '@example.com',
      token,
      token.split('.')[2] ?? '',
    ])
      expect(bytes.includes(secret), secret).to.equal(false);
    expect(bytes).not.to.include(`/api/flight/bookings/${userId}`);
  });

  it('are none of what monitors ask for', async () => {
    await ask('GET', '/readyz');
    await ask('GET', '/metrics');
    const { traceId, headers } = makeTraceparent('01');
    await ask('GET', '/readyz', { headers });
    const marker = makeTraceparent('01');
    await book(marker.headers);
    await traceOf(marker.traceId, 5);
    expect(spansOf(traceId)).to.deep.equal([]);
    expect(receiver.spans.filter(({ name }) => /readyz|metrics|grpc\.health/.test(name))).to.deep.equal([]);
  });
});
