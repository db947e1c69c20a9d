import { Code } from '@connectrpc/connect';
import { expect } from 'chai';
import { connect, type FlightClient, FlightError } from '../src/index.js';
import { type BookingInstances, fail, ORDER, openBookingInstances } from './support/booking-instances.js';
import { caught } from './support/caught.js';
import { refusal, unavailable } from './support/refusal.js';

describe('a call of the TypeScript SDK', () => {
  let instances: BookingInstances;
  let client: FlightClient;

  beforeEach(async () => {
    instances = await openBookingInstances();
    client = instances.client;
  });

  afterEach(() => instances.close());

  describe('deadlines', () => {
    it('are the contract’s where the caller says nothing', async () => {
      await client.bookings.bookFlight(ORDER);
      expect(instances.seen[0]?.timeoutMs).to.be.within(1000, 2000);
    });

    it('are the caller’s where he says, shorter or longer', async () => {
      await client.bookings.bookFlight(ORDER, { timeoutMs: 30_000 });
      expect(instances.seen[0]?.timeoutMs).to.be.within(25_000, 30_000);
      const began = performance.now();
      const error = await caught(client.bookings.cancelBooking({ bookingId: 1n }, { timeoutMs: 100 }));
      expect(error).to.include({ code: Code.DeadlineExceeded, reason: undefined });
      expect(performance.now() - began).to.be.within(90, 1500);
    });

    it('count over all attempts', async () => {
      instances.next = [fail(unavailable({ pushBack: '200' }))];
      await client.bookings.bookFlight(ORDER, { timeoutMs: 1000 });
      expect(instances.seen[1]?.timeoutMs).to.be.below(800);
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
      instances.next = [
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
        client.bookings.bookFlight(ORDER, { headers: { 'x-request-id': 'for-support' } }),
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
      await Promise.all(instances.servers.map(({ close }) => close()));
      const error = await caught(client.bookings.bookFlight(ORDER));
      expect(error).to.include({ code: Code.Unavailable, reason: undefined });
    });

    it('say what is missing when a service has no address, and when the client is closed', async () => {
      const error = await caught(client.etl.listEtlRuns({}));
      expect(error.code).to.equal(Code.FailedPrecondition);
      expect(error.message).to.equal(
        'There is no instance of etl-service to call: no addresses of it were given',
      );
      client.close();
      expect(await caught(client.bookings.bookFlight(ORDER))).to.include({ code: Code.Canceled });
    });

    it('end what is under way when the client is closed', async () => {
      const call = caught(client.bookings.cancelBooking({ bookingId: 1n }));
      await client.bookings.bookFlight(ORDER);
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

  it('shows who looks what came beside the answer', async () => {
    instances.next = [
      ({ responseHeader, responseTrailer }) => {
        responseHeader.set('x-instance', 'one');
        responseTrailer.set('x-took-bin', 'AAE');
      },
    ];
    const seenBeside: (string | null)[] = [];
    await client.bookings.bookFlight(ORDER, {
      onHeader: (header) => seenBeside.push(header.get('x-instance')),
      onTrailer: (trailer) => seenBeside.push(trailer.get('x-took-bin')),
    });
    expect(seenBeside).to.deep.equal(['one', 'AAE=']);
  });

  it('sends along what its caller gives, binary values too', async () => {
    await client.bookings.bookFlight(ORDER, { headers: { 'x-team': 'revenue', 'x-trace-bin': 'AAE=' } });
    expect(instances.seen[0]?.header.get('x-team')).to.equal('revenue');
    expect(Buffer.from(instances.seen[0]?.header.get('x-trace-bin') ?? '', 'base64')).to.deep.equal(
      Buffer.from([0, 1]),
    );
  });

  it('says which SDK it comes from', async () => {
    await client.bookings.bookFlight(ORDER);
    expect(instances.seen[0]?.header.get('user-agent')).to.match(
      /^flight-sdk-typescript\/\d+\.\d+\.\d+ grpc-node-js/,
    );
  });
});
