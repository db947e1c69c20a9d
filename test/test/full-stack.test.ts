import {
  compareWarehouse,
  dumpDatabase,
  openTemporaryFolder,
  restoreDatabase,
  type Stack,
  startStack,
  thisMachine,
  until,
} from '@flight/local';
import { expect } from 'chai';
import { askWhile } from '../src/ask-while.js';
import { type Customer, makeCustomer } from '../src/customer.js';
import { type EverydayLoad, openEverydayLoad } from '../src/everyday-load.js';
import { expectPanelsToAnswer } from '../src/expect-panels.js';
import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { type Answer, type Ask, createClient } from '../src/http-client.js';
import { queryPrometheus } from '../src/prometheus.js';
import { connect, type UpdateSocket } from '../src/update-socket.js';

const SEARCH = '/api/flight/search-flights?from=Chisinau&to=London';
/** A failover takes as long as the leader's lock lasts, and this machine may be busy, in milliseconds. */
const FAILOVER_MS = 60_000;

describe('the full stack', function () {
  this.timeout(300_000);
  let stack: Stack;
  let ask: Ask;
  let customer: Customer;
  let socket: UpdateSocket;

  before(async () => {
    stack = await startStack({ size: 'full', environment: FAR_DEADLINES, scrapeEverySeconds: 1 });
    ask = createClient(stack.edgeUrl);
    await ask('GET', '/seed');
    customer = await makeCustomer(ask);
    socket = await connect(stack.edgeUrl, customer.token);
  });

  after(async () => {
    await socket?.close();
    await stack?.close();
  });

  const failed = (answers: readonly Answer[]) =>
    answers.filter(({ status }) => status >= 500).map(({ status, text }) => `${status} ${text}`);

  /** The ids of the accounts that were made, and the refusals. */
  async function register(registered: number[], refusals: Answer[]): Promise<boolean> {
    const username = `guest-${registered.length}-${refusals.length}-${Math.random().toString(36).slice(2)}`;
    const json = { username, password: 'correct horse battery', email: `${username}@example.com` };
    const answer = await ask('POST', '/api/auth/register', { json });
    if (answer.status === 201) registered.push((answer.body as { userId: number }).userId);
    else refusals.push(answer);
    return answer.status === 201;
  }

  it('serves what the small one serves: search, book, list, cancel, follow a flight', async () => {
    expect((await ask('GET', SEARCH)).status).to.equal(200);
    const order = { ...customer, json: { flightId: 'FL001', paymentMethod: 'cash' } };
    const booked = await ask('POST', '/api/flight/book-flight', order);
    expect(booked.status).to.equal(201);
    // Answered by a replica, where what was acknowledged can be read at once.
    const listed = await ask('GET', `/api/flight/bookings/${customer.userId}`, customer);
    expect((listed.body as { bookings: unknown[] }).bookings).to.have.length(1);
    const { bookingId } = booked.body as { bookingId: number };
    expect((await ask('DELETE', `/api/flight/cancel-booking/${bookingId}`, customer)).status).to.equal(200);
    await socket.ask('subscribe', { flight_code: 'FL001' });
    await socket.ask('connect-room', { flight_code: 'FL001' });
    await socket.ask('broadcast_update', { flight_code: 'FL001', update: 'Boarding' });
    const update = await socket.frame('update', ({ event }) => event === 'flight_update');
    expect(update.data).to.deep.equal({ update: 'Boarding' });
  });

  describe('is seen by Prometheus, which', () => {
    let load: EverydayLoad;
    let prometheusUrl: string;

    before(async () => {
      prometheusUrl = stack.pages.find(({ title }) => title === 'Prometheus')?.url ?? expect.fail();
      load = await openEverydayLoad(stack.instances.flatMap(({ httpUrl }) => httpUrl ?? []));
      stack.kill('booking_service_3');
    });

    after(() => load?.close());

    it('answers every panel and knows every metric that an alert is about', () =>
      expectPanelsToAnswer(prometheusUrl));

    it('scrapes every process of ours under its name in Consul', async () => {
      const up = await queryPrometheus(prometheusUrl, 'up{job=~"edge|.*-service"} == 1');
      const ids = up.map(({ metric }) => metric.instance).sort();
      expect(ids).to.deep.equal(stack.instances.map(({ id }) => id).sort());
    });

    it('pages nobody while all is well', async () => {
      const paged = 'ALERTS{alertstate="firing",severity="page"}';
      expect(await queryPrometheus(prometheusUrl, paged)).to.deep.equal([]);
      expect(load.failures).to.deep.equal([]);
    });
  });

  describe('when it loses parts', () => {
    it('loses no account and fails no read when the node of user-db’s primary is lost', async () => {
      const cluster = stack.patroni('user-db');
      const lost = await cluster.primary();
      const registered: number[] = [];
      const refusals: Answer[] = [];
      const reads = await askWhile(
        () => ask('GET', `/api/auth/user-subscriptions/${customer.userId}`),
        async () => {
          await until('an account', () => register(registered, refusals));
          await cluster.kill(lost.id, 'node');
          await until('an account again', () => register(registered, refusals), FAILOVER_MS);
        },
      );
      expect(reads.length).to.be.above(100);
      expect(failed(reads)).to.deep.equal([]);
      const kinds = new Set(refusals.map(({ status, text }) => `${status} ${text}`));
      expect([...kinds].filter((kind) => !kind.startsWith('503 '))).to.deep.equal([]);
      for (const { headers } of refusals) expect(headers.get('retry-after')).to.match(/^\d+$/);
      for (const userId of registered)
        expect((await ask('GET', `/api/auth/user-subscriptions/${userId}`)).status).to.equal(200);
      await cluster.start(lost.id);
      await cluster.untilHealthy();
    });

    it('answers every search and every sign-in while a Redis master is killed', async () => {
      const { username, password } = customer;
      const answers = await askWhile(
        () => ask('GET', SEARCH),
        async () => {
          stack.kill('redis_1');
          for (let n = 0; n < 20; n++) {
            const signedIn = await ask('POST', '/api/auth/login', { json: { username, password } });
            expect(signedIn.status).to.equal(200);
          }
        },
      );
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    });

    it('puts a database back to what was written into a backup', async () => {
      const folder = await openTemporaryFolder('flight-backup-');
      try {
        const access = toAccess('user-db');
        await dumpDatabase(thisMachine(), access, folder.path);
        const late = await makeCustomer(ask);
        await restoreDatabase(thisMachine(), access, folder.path);
        const statusOf = async ({ userId }: Customer) =>
          (await ask('GET', `/api/auth/user-subscriptions/${userId}`)).status;
        expect([await statusOf(customer), await statusOf(late)]).to.deep.equal([200, 404]);
        await makeCustomer(ask);
      } finally {
        await folder.close();
      }
    });

    it('makes the warehouse anew by itself, since that database is another one than it had copied', async () => {
      const difference = async () => (await compareWarehouse(stack)).differences[0];
      await until('the warehouse to equal its sources', async () => !(await difference()), FAILOVER_MS);
      const { rows } = await compareWarehouse(stack);
      expect(rows.dim_user).to.be.above(1);
    });
  });

  function toAccess(wanted: string) {
    const database = stack.databases.find(({ service }) => service === wanted) ?? expect.fail();
    const addresses = stack.infrastructure.flatMap(({ id, address }) =>
      database.servers.includes(id) ? [address] : [],
    );
    return { ...database, addresses };
  }
});
