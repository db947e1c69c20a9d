import { randomUUID } from 'node:crypto';
import { type Stack, startStack, until } from '@flight/local';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../src/customer.js';
import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { type Ask, createClient } from '../src/http-client.js';
import { listSeries, type Series } from '../src/metric-series.js';
import { connect, refusedUpgrade } from '../src/update-socket.js';

/** What every process may show at most. */
const SERIES_AT_MOST = 3000;
/** How a busy machine may have something end for the first time. There are few such series, whatever clients write. */
const NOW_AND_THEN = new Set([
  ...['429', '499', '503', '504'],
  ...['cancelled', 'unavailable', 'deadline_exceeded', 'resource_exhausted'],
  ...['abandoned', 'failed'],
]);
const ADDRESS = /\d+\.\d+\.\d+\.\d+|localhost|:\/\/|@/;

describe('the labels of metrics', function () {
  this.timeout(120_000);
  let stack: Stack;
  let ask: Ask;
  /** Texts of clients that must not become labels. */
  const secrets = new Set<string>();

  before(async () => {
    stack = await startStack({
      counts: { 'user-service': 1, 'booking-service': 1, edge: 1 },
      environment: FAR_DEADLINES,
    });
    ask = createClient(stack.edgeUrl);
    await ask('GET', '/seed');
  });

  after(() => stack?.close());

  function secret(prefix = ''): string {
    const text = `${prefix}${randomUUID().slice(0, 8)}`;
    secrets.add(text);
    return text;
  }

  /** Requests with something new wherever a client may write something. */
  async function askOddly(customer: Customer): Promise<void> {
    const { token } = customer;
    const odd = secret('odd');
    secrets.add(customer.username);
    await ask('GET', `/${secret()}/${odd}?${secret()}=${secret()}`);
    await ask('GET', `/api/flight/search-flights?from=${secret()}&to=${secret()}`);
    await ask('GET', `/api/flight/bookings/${secret('user')}`, { token });
    await ask('GET', `/api/auth/user-subscriptions/${secret('user')}`, { token });
    await ask('DELETE', `/api/flight/cancel-booking/${Math.floor(Math.random() * 1e9)}`, { token });
    await ask('POST', '/api/flight/book-flight', {
      token,
      json: { flightId: secret().slice(0, 8), paymentMethod: secret() },
      headers: { 'x-request-id': secret(), 'idempotency-key': secret() },
    });
    await ask('GET', `/api/auth/simulate-failure?instance=${secret()}`);
    await ask('POST', '/api/auth/login', { json: { username: secret(), password: secret() } });
    await ask('GET', '/api/gateway/status', {
      headers: { 'user-agent': secret(), authorization: `Bearer ${odd}` },
    });
    await ask(`X${secret('').toUpperCase().replaceAll(/\d/g, 'N')}`, '/api/gateway/status').catch(
      () => undefined,
    );
    await ask('PUT', `/api/flight/flights/${secret()}`, { token });
    await refusedUpgrade(`${stack.edgeUrl}/ws?token=${secret()}`, { authorization: `Bearer ${secret()}` });
    const socket = await connect(stack.edgeUrl, token);
    await socket.ask(secret(), {});
    await socket.ask('subscribe', { flight_code: secret().slice(0, 8) });
    await socket.ask('broadcast_update', { flight_code: 'FL001', update: secret() });
    await socket.close();
  }

  const listAll = async (): Promise<readonly Series[]> =>
    (await Promise.all(stack.instances.map(({ adminUrl }) => listSeries(adminUrl)))).flat();

  /** Whether etl-service has taken all that both sources had. */
  async function hasBeenLoaded(): Promise<boolean> {
    const done = (await listAll()).filter(
      ({ name, labels }) => name === 'grpc_server_handled_seconds_count' && labels.code === 'ok',
    );
    const methods = new Set(done.map(({ labels }) => labels.method?.split('/').pop()));
    return methods.has('StreamUserChanges') && methods.has('StreamBookingChanges');
  }

  const toCalls = (series: readonly Series[]) =>
    series
      .filter(({ name }) =>
        /^(edge_request|edge_socket_event|edge_upgrades|grpc_server|grpc_client)/.test(name),
      )
      .filter(({ labels: { status, code, outcome } }) => !NOW_AND_THEN.has(status ?? code ?? outcome ?? ''))
      .map(({ key }) => key)
      .sort();

  it('hold nothing that a client wrote, and do not grow with what clients write', async () => {
    await askOddly(await makeCustomer(ask));
    await until('the warehouse to be loaded once, which makes series by itself', hasBeenLoaded);
    // Looking makes a series, too.
    await listAll();
    const before = toCalls(await listAll());
    expect(before).not.to.have.length(0);
    for (let n = 0; n < 5; n++) await askOddly(await makeCustomer(ask));
    const all = await listAll();
    expect(toCalls(all).filter((key) => !before.includes(key))).to.deep.equal([]);
    const values = new Set(all.flatMap(({ labels }) => Object.values(labels)));
    expect([...values].filter((value) => [...secrets].some((text) => value.includes(text)))).to.deep.equal(
      [],
    );
    expect([...values].filter((value) => ADDRESS.test(value))).to.deep.equal([]);
    expect(values).to.include('unknown');
    expect(values).to.include('/api/flight/bookings/{user_id}');
  });

  it('make no more series than a process may have', async () => {
    for (const { id, adminUrl } of stack.instances)
      expect(await listSeries(adminUrl), id).to.have.length.within(100, SERIES_AT_MOST);
  });
});
