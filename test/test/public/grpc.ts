import type { Stack } from '@flight/local';
import type { ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { errorInfoOf } from '../../src/error-info.js';
import { type Ask, createClient } from '../../src/http-client.js';
import { type ReflectedClient, reflect } from '../../src/reflected-client.js';

const BOOKING_CHANGES = 'flight.booking.v1.BookingChangeService';
const BOOKINGS = 'flight.booking.v1.BookingService';
const FAULTS = 'flight.mesh.v1.FaultInjectionService';
const FLIGHTS = 'flight.booking.v1.FlightService';
const UPDATES = 'flight.user.v1.FlightUpdateService';
const USER_CHANGES = 'flight.user.v1.UserChangeService';
const USERS = 'flight.user.v1.UserService';

export function describeGrpc(getSystem: () => Stack): void {
  describe('the services, called by a client that only knows reflection', function () {
    this.timeout(120_000);
    let stack: Stack;
    let ask: Ask;
    let users: ReflectedClient;
    let bookings: ReflectedClient;
    let customer: Customer;

    before(async () => {
      stack = getSystem();
      ask = createClient(stack.edgeUrl);
      await ask('GET', '/seed');
      customer = await makeCustomer(ask);
      users = await reflect(addressOf('user-service'));
      bookings = await reflect(addressOf('booking-service'));
    });

    after(() => {
      users?.close();
      bookings?.close();
    });

    function addressOf(name: string): string {
      return stack.instances.find(({ service }) => service === name)?.grpcAddress ?? '';
    }

    async function errorOf(promise: Promise<unknown>): Promise<ServiceError> {
      return promise.then(
        (answer) => Promise.reject(new Error(`expected an error, got ${JSON.stringify(answer)}`)),
        (error: ServiceError) => error,
      );
    }

    it('tell what they serve', () => {
      expect([...users.services].sort()).to.deep.equal([FAULTS, UPDATES, USER_CHANGES, USERS]);
      expect([...bookings.services].sort()).to.deep.equal([BOOKING_CHANGES, BOOKINGS, FLIGHTS, FAULTS]);
    });

    it('answer searches', async () => {
      const answer = await bookings.call(FLIGHTS, 'SearchFlights', {
        from_city: 'chisinau',
        to_city: 'Rome',
      });
      const [flight] = answer.flights as Record<string, unknown>[];
      expect(flight).to.deep.include({
        flight_code: 'FL007',
        price: 230,
        departure: '2024-10-08 22:00',
        status: 'FLIGHT_STATUS_ON_TIME',
      });
    });

    it('page through lists by a token that nobody can make up', async () => {
      const request = { from_city: 'Chisinau', to_city: 'London', page_size: 2 };
      const first = await bookings.call(FLIGHTS, 'SearchFlights', request);
      const second = await bookings.call(FLIGHTS, 'SearchFlights', {
        ...request,
        page_token: first.next_page_token,
      });
      const codes = [first, second].flatMap((page) =>
        (page.flights as { flight_code: string }[]).map((flight) => flight.flight_code),
      );
      expect(codes).to.deep.equal(['FL001', 'FL002', 'FL006']);
      expect(second.next_page_token).to.equal('');
      const error = await errorOf(
        bookings.call(FLIGHTS, 'SearchFlights', { ...request, page_token: 'made-up' }),
      );
      expect(errorInfoOf(error)?.reason).to.equal('INVALID_PAGE_TOKEN');
    });

    it('verify the token themselves: nobody walks round the edge', async () => {
      const request = { flight_code: 'FL001', payment_method: 'cash' };
      const none = await errorOf(bookings.call(BOOKINGS, 'BookFlight', request));
      expect([none.code, errorInfoOf(none)?.reason]).to.deep.equal([status.UNAUTHENTICATED, 'TOKEN_MISSING']);
      const forged = await errorOf(
        bookings.call(BOOKINGS, 'BookFlight', request, { token: `${customer.token}x` }),
      );
      expect([forged.code, errorInfoOf(forged)?.reason]).to.deep.equal([
        status.UNAUTHENTICATED,
        'TOKEN_INVALID',
      ]);
      const answer = await bookings.call(BOOKINGS, 'BookFlight', request, { token: customer.token });
      expect(answer.booking).to.deep.include({
        flight_code: 'FL001',
        user_id: customer.userId,
        status: 'BOOKING_STATUS_CONFIRMED',
      });
    });

    it('say why they refuse, in google.rpc.ErrorInfo', async () => {
      const missing = await errorOf(bookings.call(FLIGHTS, 'GetFlight', { flight_code: 'FL404' }));
      expect(missing).to.deep.include({ code: status.NOT_FOUND, details: 'Flight not found' });
      expect(errorInfoOf(missing)).to.deep.equal({
        reason: 'FLIGHT_NOT_FOUND',
        domain: 'booking-service',
        metadata: { flight_code: 'FL404' },
      });
      const foreign = await errorOf(
        bookings.call(BOOKINGS, 'ListBookings', { user_id: customer.userId + 1 }, { token: customer.token }),
      );
      expect([foreign.code, errorInfoOf(foreign)?.reason]).to.deep.equal([
        status.PERMISSION_DENIED,
        'NOT_OWNER',
      ]);
    });

    it('recognise a request that is repeated', async () => {
      const request = { flight_code: 'FL002', payment_method: 'cash', request_id: 'grpc-1' };
      const first = await bookings.call(BOOKINGS, 'BookFlight', request, { token: customer.token });
      const again = await bookings.call(BOOKINGS, 'BookFlight', request, { token: customer.token });
      expect([first.replayed, again.replayed]).to.deep.equal([false, true]);
      expect(again.booking).to.deep.equal(first.booking);
    });
  });
}
