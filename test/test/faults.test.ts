import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack, until } from '@flight/local';
import { expect } from 'chai';
import { askWhile } from '../src/ask-while.js';
import { type Customer, makeCustomer, signIn } from '../src/customer.js';
import { type Answer, type Ask, createClient } from '../src/http-client.js';
import { reflect } from '../src/reflected-client.js';
import { describeCancellation } from './faults/cancellation.js';
import { describeSimulatedFailure } from './faults/simulated-failure.js';

const SEARCH = '/api/flight/search-flights?from=Chisinau&to=London';
const ORDER = { flightId: 'FL005', paymentMethod: 'cash' };

// The parts leave the system as they found it, but for the last one.
describe('a running system', function () {
  this.timeout(180_000);
  let folder: string;
  let stack: Stack;
  const getStack = () => stack;

  async function start(): Promise<void> {
    stack = await startStack({ dataDir: folder });
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flight-faults-'));
    await start();
  });

  after(async () => {
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  describeCancellation(getStack);
  describeSimulatedFailure(getStack);
  describe('that loses parts', () => {
    let ask: Ask;
    let customer: Customer;

    before(async () => {
      ask = createClient(stack.edgeUrl);
      await ask('GET', '/seed');
      customer = await makeCustomer(ask);
    });

    it('answers every search while an instance of booking-service is killed', async () => {
      const answers = await askWhile(
        () => ask('GET', SEARCH),
        async () => {
          await killAndSeeBack('booking_service_2');
        },
      );
      expect(answers.length).to.be.above(20);
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    });

    it('makes and cancels every booking once while an instance is killed', async () => {
      const made: number[] = [];
      async function bookAndCancel(): Promise<Answer> {
        const booked = await ask('POST', '/api/flight/book-flight', { ...customer, json: ORDER });
        if (booked.status !== 201) return booked;
        const { bookingId } = booked.body as { bookingId: number };
        made.push(bookingId);
        return ask('DELETE', `/api/flight/cancel-booking/${bookingId}`, customer);
      }
      const answers = await askWhile(bookAndCancel, () => killAndSeeBack('booking_service_1'));
      expect(
        answers.filter(({ status }) => status !== 200).map(({ status, text }) => `${status} ${text}`),
      ).to.deep.equal([]);
      const { body } = await ask('GET', `/api/flight/bookings/${customer.userId}`, customer);
      const { bookings } = body as { bookings: { bookingId: number; bookingStatus: string }[] };
      const ascending = (one: number, other: number) => one - other;
      expect(bookings.map(({ bookingId }) => bookingId).sort(ascending)).to.deep.equal(
        [...made].sort(ascending),
      );
      expect(new Set(bookings.map(({ bookingStatus }) => bookingStatus))).to.deep.equal(
        new Set(['Canceled']),
      );
      expect(await seatsLeft('FL005')).to.equal(180);
    });

    it('goes on without Consul', async () => {
      const answers = await askWhile(
        () => ask('GET', SEARCH),
        async () => {
          await stack.stopInfra('consul');
          for (let n = 0; n < 20; n++) {
            expect(
              (
                await ask('POST', '/api/flight/book-flight', {
                  ...customer,
                  json: { ...ORDER, flightId: 'FL007' },
                })
              ).status,
            ).to.equal(201);
          }
          await stack.startInfra('consul');
          await stack.untilHealthy();
        },
      );
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    });

    it('goes on without Redis, and uses it again when it is back', async () => {
      const answers = await askWhile(
        () => ask('GET', SEARCH),
        async () => {
          await stack.stopInfra('redis');
          for (let n = 0; n < 20; n++) await signIn(ask, customer.username, customer.password);
          await stack.startInfra('redis');
        },
      );
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    });

    it('says 503 and when to come back while the database is gone, in time, and gets well when it returns', async () => {
      const hitsBefore = await cacheHits();
      await until(
        'Redis to be used again',
        async () => (await ask('GET', SEARCH)).status === 200 && (await cacheHits()) > hitsBefore,
      );
      await stack.stopInfra('postgres');
      const book = () =>
        ask('POST', '/api/flight/book-flight', { ...customer, json: { ...ORDER, flightId: 'FL008' } });
      const expectRefusal = async () => {
        const began = Date.now();
        const { status, headers, body } = await book();
        expect(Date.now() - began).to.be.below(2050);
        expect(status).to.equal(503);
        expect(headers.get('retry-after')).to.match(/^\d+$/);
        expect((body as { message: string }).message)
          .to.be.a('string')
          .and.not.match(/sql|postgres|ECONN|127\.0/i);
      };
      for (let round = 0; round < 3; round++)
        await Promise.all(Array.from({ length: 4 }, () => expectRefusal()));
      expect((await ask('GET', SEARCH)).status).to.equal(200);
      await stack.startInfra('postgres');
      await until('a booking to succeed', async () => (await book()).status === 201);
    });

    it('waits at start for what is missing, says what for, and gets ready when it comes', async () => {
      const id = 'user_service_3';
      for (const name of ['redis', 'postgres', 'consul'] as const) await stack.stopInfra(name);
      stack.kill(id);
      const readiness = () =>
        fetch(`${stack.instances.find((instance) => instance.id === id)?.adminUrl}/readyz`).then(
          async (response) => [response.status, await response.text()] as const,
          () => undefined,
        );
      await until('it to say what it waits for', async () => {
        const [status, text] = (await readiness()) ?? [];
        return status === 503 && /user-db/.test(text ?? '');
      });
      for (const name of ['consul', 'postgres', 'redis'] as const) await stack.startInfra(name);
      await until('it to be ready', async () => (await readiness())?.[0] === 200);
      await stack.untilHealthy();
    });

    it('has everything again after a second start on the same data', async () => {
      const before = await ask('GET', `/api/flight/bookings/${customer.userId}`, customer);
      await stack.close();
      await start();
      ask = createClient(stack.edgeUrl);
      const again = await ask('GET', '/seed');
      expect([again.status, again.body]).to.deep.equal([200, { message: 'Flight data already exists.' }]);
      // The old token still counts: the signing keys are the same.
      const after = await ask('GET', `/api/flight/bookings/${customer.userId}`, customer);
      expect([after.status, after.body]).to.deep.equal([200, before.body]);
      expect((await signIn(ask, customer.username, customer.password)).userId).to.equal(customer.userId);
    });

    /** Kills an instance without warning and waits until its supervisor has it answering again. */
    async function killAndSeeBack(id: string): Promise<void> {
      const pidOf = () => stack.instances.find((instance) => instance.id === id)?.pid;
      const before = pidOf();
      stack.kill(id);
      await until(`${id} to be started again`, async () => pidOf() !== undefined && pidOf() !== before);
      const adminUrl = stack.instances.find((instance) => instance.id === id)?.adminUrl;
      const isReady = () =>
        fetch(`${adminUrl}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until(`${id} to be ready again`, isReady);
      await stack.untilHealthy();
    }

    /** Searches that were answered from the cache, over all instances. */
    async function cacheHits(): Promise<number> {
      const bookings = stack.instances.filter(({ service }) => service === 'booking-service');
      const texts = await Promise.all(
        bookings.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()),
      );
      const counts = texts.map(
        (text) => /^booking_search_cache_lookups_total\{.*result="hit".*\} (\d+)/m.exec(text)?.[1],
      );
      return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
    }

    async function seatsLeft(flightCode: string): Promise<unknown> {
      const address = stack.instances.find(({ service }) => service === 'booking-service')?.grpcAddress ?? '';
      const client = await reflect(address);
      const { flight } = await client.call('flight.booking.v1.FlightService', 'GetFlight', {
        flight_code: flightCode,
      });
      client.close();
      return (flight as { seats_left: number }).seats_left;
    }
  });
});
