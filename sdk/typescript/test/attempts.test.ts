import { Code } from '@connectrpc/connect';
import { until } from '@flight/local';
import { InterceptingCall } from '@grpc/grpc-js';
import { expect } from 'chai';
import { connect, type FlightClient } from '../src/index.js';
import { type BookingInstances, fail, ORDER, openBookingInstances } from './support/booking-instances.js';
import { caught } from './support/caught.js';
import { refusal, unavailable } from './support/refusal.js';

describe('attempts at a call of the TypeScript SDK', () => {
  let instances: BookingInstances;
  let client: FlightClient;

  beforeEach(async () => {
    instances = await openBookingInstances();
    client = instances.client;
  });

  afterEach(() => instances.close());

  describe('request ids', () => {
    it('are made where the caller gave none, and the caller’s object stays as it is', async () => {
      await client.bookings.bookFlight(ORDER);
      expect(instances.seen[0]?.request.requestId).to.match(/^[\da-f-]{36}$/);
      expect(ORDER).to.deep.equal({ flightCode: 'FL001', paymentMethod: 'cash' });
    });

    it('are the caller’s where he gave one', async () => {
      await client.bookings.bookFlight({ ...ORDER, requestId: 'mine' });
      expect(instances.seen[0]?.request.requestId).to.equal('mine');
    });

    it('are the same at every attempt, at another instance each, and others at the next call', async () => {
      instances.next = [fail(unavailable()), fail(unavailable())];
      const { booking } = await client.bookings.bookFlight(ORDER);
      await client.bookings.bookFlight(ORDER);
      const ids = instances.seen.map((one) => one.request.requestId);
      expect(booking?.id).to.equal(17n);
      expect(new Set(ids.slice(0, 3))).to.have.property('size', 1);
      expect(ids[3]).not.to.equal(ids[0]);
      expect(new Set(instances.seen.slice(0, 3).map(({ instance }) => instance))).to.have.property('size', 3);
    });

    it('name the call for the logs too, where its caller gives it no other name there', async () => {
      instances.next = [fail(unavailable())];
      await client.bookings.bookFlight(ORDER);
      await client.bookings.bookFlight({ ...ORDER, requestId: 'mine' });
      await client.bookings.bookFlight(ORDER, { headers: { 'x-request-id': 'for-support' } });
      const names = instances.seen.map(({ header }) => header.get('x-request-id'));
      const ids = instances.seen.map((one) => one.request.requestId);
      expect(names).to.deep.equal([ids[0], ids[0], 'mine', 'for-support']);
      expect(ids[3]).to.match(/^[\da-f-]{36}$/);
    });

    it('that no header can bear are left to the service', async () => {
      await client.bookings.bookFlight({ ...ORDER, requestId: 'siège 3\n' });
      expect(instances.seen[0]?.request.requestId).to.equal('siège 3\n');
      expect(instances.seen[0]?.header.get('x-request-id')).to.match(/^[\da-f-]{36}$/);
    });
  });

  describe('retries', () => {
    it('end after three attempts, with what the last one met', async () => {
      instances.next = [1, 2, 3, 4].map((n) => fail(unavailable({ metadata: { attempt: String(n) } })));
      const error = await caught(client.bookings.bookFlight(ORDER));
      expect(instances.seen).to.have.length(3);
      expect(error).to.include({ code: Code.Unavailable, reason: 'DATABASE_UNAVAILABLE' });
      expect(error.metadata).to.deep.equal({ attempt: '3' });
    });

    it('say how many there were before', async () => {
      instances.next = [fail(unavailable()), fail(unavailable())];
      await client.bookings.bookFlight(ORDER);
      const previous = instances.seen.map(({ header }) => header.get('grpc-previous-rpc-attempts'));
      expect(previous).to.deep.equal([null, '1', '2']);
    });

    it('are not made of a refusal', async () => {
      instances.next = [fail(refusal({ code: Code.NotFound, reason: 'FLIGHT_NOT_FOUND' }))];
      expect(await caught(client.bookings.bookFlight(ORDER))).to.include({ code: Code.NotFound });
      expect(instances.seen).to.have.length(1);
    });

    it('are not made where the contract does not say that the method may be repeated', async () => {
      await caught(client.users.simulateFailure({}));
      expect(instances.simulated).to.equal(1);
    });

    it('wait as long as the server says', async () => {
      instances.next = [fail(unavailable({ pushBack: '300' })), fail(unavailable({ retryAfterMs: 200 }))];
      const began = performance.now();
      await client.bookings.bookFlight(ORDER);
      expect(performance.now() - began).to.be.above(490);
    });

    it('are not made when the server says never, or later than there is time', async () => {
      instances.next = [fail(unavailable({ pushBack: '-1' }))];
      await caught(client.bookings.bookFlight(ORDER));
      instances.next = [fail(unavailable({ pushBack: '5000' }))];
      await caught(client.bookings.bookFlight(ORDER));
      expect(instances.seen).to.have.length(2);
    });

    it('stop when most calls fail, and come back with the successes', async () => {
      for (let calls = 0; calls < 10; calls += 1) {
        instances.next = [1, 2, 3].map(() => fail(unavailable({ pushBack: '0' })));
        await caught(client.bookings.bookFlight(ORDER));
      }
      instances.next = [];
      const failing = instances.seen.length;
      expect(failing).to.be.within(12, 16);
      for (let calls = 0; calls < 70; calls += 1) {
        instances.next = [fail(refusal({ code: Code.NotFound, reason: 'FLIGHT_NOT_FOUND' }))];
        await caught(client.bookings.bookFlight(ORDER));
      }
      instances.next = [fail(unavailable({ pushBack: '0' }))];
      await caught(client.bookings.bookFlight(ORDER));
      expect(instances.seen, 'refusals give nothing back').to.have.length(failing + 71);
      for (let calls = 0; calls < 70; calls += 1) await client.bookings.bookFlight(ORDER);
      instances.next = [fail(unavailable({ pushBack: '0' }))];
      await client.bookings.bookFlight(ORDER);
      expect(instances.seen).to.have.length(failing + 143);
    });

    it('end when the caller leaves between two of them', async () => {
      const ended = watchAttempts();
      const patient = { timeoutMs: 60_000 };
      instances.next = [fail(unavailable({ pushBack: '30000' }))];
      const leaving = new AbortController();
      const left = caught(ended.client.bookings.bookFlight(ORDER, { ...patient, signal: leaving.signal }));
      await until('the first attempt to have failed', () => ended.count === 1);
      leaving.abort();
      expect(await left).to.include({ code: Code.Canceled });
      instances.next = [fail(unavailable({ pushBack: '30000' }))];
      const closed = caught(ended.client.bookings.bookFlight(ORDER, patient));
      await until('the first attempt to have failed', () => ended.count === 2);
      ended.client.close();
      expect(await closed).to.include({ code: Code.Canceled });
    });

    it('find another instance when one is gone, and when a connection breaks under a call', async () => {
      await instances.servers[0]?.close();
      for (let calls = 0; calls < 6; calls += 1) await client.bookings.bookFlight(ORDER);
      expect(new Set(instances.seen.map(({ instance }) => instance))).to.deep.equal(new Set([1, 2]));
      instances.seen = [];
      instances.next = [() => [1, 2].map((instance) => instances.servers[instance]?.cut())];
      await client.bookings.bookFlight(ORDER);
      const ids = instances.seen.map((one) => one.request.requestId);
      expect(ids).to.have.length(2);
      expect(ids[0]).to.equal(ids[1]);
    });
  });

  it('does not begin at the same instance in every process', async () => {
    const clients = Array.from({ length: 24 }, () =>
      connect({ addresses: { 'booking-service': instances.addresses } }),
    );
    await Promise.all(clients.map(({ bookings }) => bookings.bookFlight(ORDER)));
    for (const { close } of clients) close();
    expect(new Set(instances.seen.map(({ instance }) => instance)))
      .to.have.property('size')
      .above(1);
  });

  /** A client, and how many of its attempts have ended. */
  function watchAttempts(): { readonly client: FlightClient; count: number } {
    const addresses = { 'booking-service': instances.addresses };
    const watched = {
      client: connect({
        addresses,
        interceptors: [
          (options, next) =>
            new InterceptingCall(next(options), {
              start(metadata, _listener, begin) {
                begin(metadata, {
                  onReceiveStatus(status, pass) {
                    pass(status);
                    watched.count += 1;
                  },
                });
              },
            }),
        ],
      }),
      count: 0,
    };
    return watched;
  }
});
