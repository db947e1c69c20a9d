import { Code, type HandlerContext } from '@connectrpc/connect';
import { expect } from 'chai';
import { type BookFlightRequest, BookingService } from '../src/booking.js';
import { connect, type FlightClient, FlightError } from '../src/index.js';
import { UserService } from '../src/user.js';
import { caught } from './support/caught.js';
import { refusal, unavailable } from './support/refusal.js';
import { openTestServer, type TestServer } from './support/test-server.js';

/** A call as an instance saw it. */
interface Seen {
  readonly instance: number;
  readonly request: BookFlightRequest;
  readonly header: Headers;
  readonly timeoutMs: number | undefined;
}

describe('a call of the TypeScript SDK', () => {
  let servers: TestServer[];
  let client: FlightClient;
  let seen: Seen[];
  /** What the next calls meet, one after the other; then they succeed. */
  let next: ((context: HandlerContext) => void)[];
  let simulated: number;

  beforeEach(async () => {
    seen = [];
    next = [];
    simulated = 0;
    servers = await Promise.all([0, 1, 2].map(openInstance));
    const addresses = servers.map(({ address }) => address);
    client = connect({ addresses: { 'booking-service': addresses, 'user-service': addresses } });
  });

  afterEach(async () => {
    client.close();
    await Promise.all(servers.map(({ close }) => close()));
  });

  function openInstance(instance: number): Promise<TestServer> {
    return openTestServer((router) => {
      router.service(BookingService, {
        bookFlight(request, context) {
          seen.push({ instance, request, header: context.requestHeader, timeoutMs: context.timeoutMs() });
          next.shift()?.(context);
          return { booking: { id: 17n, flightCode: request.flightCode } };
        },
        async cancelBooking(_request, { signal }) {
          // Never answers.
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return {};
        },
      });
      router.service(UserService, {
        simulateFailure() {
          simulated += 1;
          throw unavailable();
        },
      });
    });
  }

  function fail(error: Error): (context: HandlerContext) => void {
    return () => {
      throw error;
    };
  }

  const request = { flightCode: 'FL001', paymentMethod: 'cash' };

  describe('request ids', () => {
    it('are made where the caller gave none, and the caller’s object stays as it is', async () => {
      await client.bookings.bookFlight(request);
      expect(seen[0]?.request.requestId).to.match(/^[\da-f-]{36}$/);
      expect(request).to.deep.equal({ flightCode: 'FL001', paymentMethod: 'cash' });
    });

    it('are the caller’s where he gave one', async () => {
      await client.bookings.bookFlight({ ...request, requestId: 'mine' });
      expect(seen[0]?.request.requestId).to.equal('mine');
    });

    it('are the same at every attempt, at another instance each, and others at the next call', async () => {
      next = [fail(unavailable()), fail(unavailable())];
      const { booking } = await client.bookings.bookFlight(request);
      await client.bookings.bookFlight(request);
      const ids = seen.map((one) => one.request.requestId);
      expect(booking?.id).to.equal(17n);
      expect(new Set(ids.slice(0, 3))).to.have.property('size', 1);
      expect(ids[3]).not.to.equal(ids[0]);
      expect(new Set(seen.slice(0, 3).map(({ instance }) => instance))).to.have.property('size', 3);
    });

    it('name the call for the logs too', async () => {
      next = [fail(unavailable())];
      await client.bookings.bookFlight(request);
      await client.bookings.bookFlight(request, { headers: { 'x-request-id': 'for-support' } });
      const names = seen.map(({ header }) => header.get('x-request-id'));
      expect(names[0]).to.match(/^[\da-f-]{36}$/);
      expect(names.slice(1)).to.deep.equal([names[0], 'for-support']);
    });
  });

  describe('retries', () => {
    it('end after three attempts, with what the last one met', async () => {
      next = [1, 2, 3, 4].map((n) => fail(unavailable({ metadata: { attempt: String(n) } })));
      const error = await caught(client.bookings.bookFlight(request));
      expect(seen).to.have.length(3);
      expect(error).to.include({ code: Code.Unavailable, reason: 'DATABASE_UNAVAILABLE' });
      expect(error.metadata).to.deep.equal({ attempt: '3' });
    });

    it('are not made of a refusal', async () => {
      next = [fail(refusal({ code: Code.NotFound, reason: 'FLIGHT_NOT_FOUND' }))];
      expect(await caught(client.bookings.bookFlight(request))).to.include({ code: Code.NotFound });
      expect(seen).to.have.length(1);
    });

    it('are not made where the contract does not say that the method may be repeated', async () => {
      await caught(client.users.simulateFailure({}));
      expect(simulated).to.equal(1);
    });

    it('wait as long as the server says', async () => {
      next = [fail(unavailable({ pushBack: '300' })), fail(unavailable({ retryAfterMs: 200 }))];
      const began = performance.now();
      await client.bookings.bookFlight(request);
      expect(performance.now() - began).to.be.above(490);
    });

    it('are not made when the server says never, or later than there is time', async () => {
      next = [fail(unavailable({ pushBack: '-1' }))];
      await caught(client.bookings.bookFlight(request));
      next = [fail(unavailable({ pushBack: '5000' }))];
      await caught(client.bookings.bookFlight(request));
      expect(seen).to.have.length(2);
    });

    it('stop when most calls fail, and come back with the successes', async () => {
      for (let calls = 0; calls < 10; calls += 1) {
        next = [1, 2, 3].map(() => fail(unavailable({ pushBack: '0' })));
        await caught(client.bookings.bookFlight(request));
      }
      next = [];
      const failing = seen.length;
      expect(failing).to.be.within(12, 16);
      for (let calls = 0; calls < 70; calls += 1) await client.bookings.bookFlight(request);
      next = [fail(unavailable({ pushBack: '0' }))];
      await client.bookings.bookFlight(request);
      expect(seen).to.have.length(failing + 72);
    });

    it('find another instance when one is gone, and when a connection breaks under a call', async () => {
      await servers[0]?.close();
      for (let calls = 0; calls < 6; calls += 1) await client.bookings.bookFlight(request);
      expect(new Set(seen.map(({ instance }) => instance))).to.deep.equal(new Set([1, 2]));
      seen = [];
      next = [() => [1, 2].map((instance) => servers[instance]?.cut())];
      await client.bookings.bookFlight(request);
      const ids = seen.map((one) => one.request.requestId);
      expect(ids).to.have.length(2);
      expect(ids[0]).to.equal(ids[1]);
    });
  });

  describe('deadlines', () => {
    it('are the contract’s where the caller says nothing', async () => {
      await client.bookings.bookFlight(request);
      expect(seen[0]?.timeoutMs).to.be.within(1000, 2000);
    });

    it('are the caller’s where he says, shorter or longer', async () => {
      await client.bookings.bookFlight(request, { timeoutMs: 30_000 });
      expect(seen[0]?.timeoutMs).to.be.within(25_000, 30_000);
      const began = performance.now();
      const error = await caught(client.bookings.cancelBooking({ bookingId: 1n }, { timeoutMs: 100 }));
      expect(error).to.include({ code: Code.DeadlineExceeded, reason: undefined });
      expect(performance.now() - began).to.be.within(90, 1500);
    });

    it('count over all attempts', async () => {
      next = [fail(unavailable({ pushBack: '200' }))];
      await client.bookings.bookFlight(request, { timeoutMs: 1000 });
      expect(seen[1]?.timeoutMs).to.be.below(800);
    });

    it('do not keep a caller who leaves', async () => {
      const leaving = new AbortController();
      const call = caught(client.bookings.cancelBooking({ bookingId: 1n }, { signal: leaving.signal }));
      leaving.abort();
      expect(await call).to.include({ code: Code.Canceled });
    });
  });

  describe('errors', () => {
    it('say why, with what, when to come back, and which call', async () => {
      next = [
        fail(
          refusal({
            code: Code.ResourceExhausted,
            reason: 'BUSY',
            metadata: { flight_code: 'FL001' },
            retryAfterMs: 1500,
          }),
        ),
      ];
      const error = await caught(
        client.bookings.bookFlight(request, { headers: { 'x-request-id': 'for-support' } }),
      );
      expect(error).to.be.instanceOf(FlightError).and.to.include({
        name: 'FlightError',
        message: 'Not now',
        code: Code.ResourceExhausted,
        reason: 'BUSY',
        retryAfterMs: 1500,
        requestId: 'for-support',
        method: 'flight.booking.v1.BookingService/BookFlight',
      });
      expect(error.metadata).to.deep.equal({ flight_code: 'FL001' });
    });

    it('say UNAVAILABLE and no reason when nobody can be reached', async () => {
      await Promise.all(servers.map(({ close }) => close()));
      const error = await caught(client.bookings.bookFlight(request));
      expect(error).to.include({ code: Code.Unavailable, reason: undefined });
    });

    it('say what is missing when a service has no address, and when the client is closed', async () => {
      const error = await caught(client.etl.listEtlRuns({}));
      expect(error.code).to.equal(Code.Unavailable);
      expect(error.message).to.equal(
        'There is no instance of etl-service to call: no addresses of it were given',
      );
      client.close();
      expect(await caught(client.bookings.bookFlight(request))).to.include({ code: Code.Canceled });
    });

    it('end what is under way when the client is closed', async () => {
      const call = caught(client.bookings.cancelBooking({ bookingId: 1n }));
      await client.bookings.bookFlight(request);
      client.close();
      expect(await call).to.include({ code: Code.Canceled });
    });

    it('refuse an address that is none before anything is called', () => {
      const addresses = { 'user-service': ['http://localhost:5000'] };
      expect(() => connect({ addresses }).users).to.throw(
        TypeError,
        'of user-service is not of the form host:port',
      );
    });
  });

  describe('tokens', () => {
    const authorizations = () => seen.map(({ header }) => header.get('authorization'));

    it('go along with the calls of who has one, and with no others', async () => {
      const mine = client.withToken('abc');
      await mine.bookings.bookFlight(request);
      await client.bookings.bookFlight(request);
      expect(authorizations()).to.deep.equal(['Bearer abc', null]);
    });

    it('may be given anew for every call', async () => {
      let given = 0;
      const mine = client.withToken(async () => `token-${++given}`);
      await mine.bookings.bookFlight(request);
      await mine.bookings.bookFlight(request);
      expect(authorizations()).to.deep.equal(['Bearer token-1', 'Bearer token-2']);
    });
  });

  it('shows who looks what came beside the answer', async () => {
    next = [
      ({ responseHeader, responseTrailer }) => {
        responseHeader.set('x-instance', 'one');
        responseTrailer.set('x-took-bin', 'AAE');
      },
    ];
    const seenBeside: (string | null)[] = [];
    await client.bookings.bookFlight(request, {
      onHeader: (header) => seenBeside.push(header.get('x-instance')),
      onTrailer: (trailer) => seenBeside.push(trailer.get('x-took-bin')),
    });
    expect(seenBeside).to.deep.equal(['one', 'AAE=']);
  });

  it('sends along what its caller gives, binary values too', async () => {
    await client.bookings.bookFlight(request, { headers: { 'x-team': 'revenue', 'x-trace-bin': 'AAE=' } });
    expect(seen[0]?.header.get('x-team')).to.equal('revenue');
    expect(Buffer.from(seen[0]?.header.get('x-trace-bin') ?? '', 'base64')).to.deep.equal(
      Buffer.from([0, 1]),
    );
  });

  it('says which SDK it comes from', async () => {
    await client.bookings.bookFlight(request);
    expect(seen[0]?.header.get('user-agent')).to.match(/^flight-sdk-typescript\/\d+\.\d+\.\d+ grpc-node-js/);
  });
});
