import type { HandlerContext } from '@connectrpc/connect';
import { type BookFlightRequest, BookingService } from '../../src/booking.js';
import { connect, type FlightClient } from '../../src/index.js';
import { UserService } from '../../src/user.js';
import { unavailable } from './refusal.js';
import { openTestServer, type TestServer } from './test-server.js';

/** A call as an instance saw it. */
export interface Seen {
  readonly instance: number;
  readonly request: BookFlightRequest;
  readonly header: Headers;
  readonly timeoutMs: number | undefined;
}

/** What a call meets. */
export type Meeting = (context: HandlerContext) => void;

/** What is booked. */
export const ORDER = { flightCode: 'FL001', paymentMethod: 'cash' };

/** Three instances that sell seats. */
export interface BookingInstances {
  /** Calls all of them; closed with them. */
  readonly client: FlightClient;
  readonly servers: readonly TestServer[];
  readonly addresses: readonly string[];
  /** The calls to `bookFlight`. */
  seen: Seen[];
  /** What the next of them meet, one after the other; then they succeed. */
  next: Meeting[];
  /** How many calls to `simulateFailure` there were: it may not be repeated, and is always unavailable. */
  simulated: number;
  close(): Promise<void>;
}

export async function openBookingInstances(): Promise<BookingInstances> {
  const servers = await Promise.all([0, 1, 2].map(openInstance));
  const addresses = servers.map(({ address }) => address);
  const client = connect({ addresses: { 'booking-service': addresses, 'user-service': addresses } });
  const instances: BookingInstances = {
    client,
    servers,
    addresses,
    seen: [],
    next: [],
    simulated: 0,
    async close() {
      client.close();
      await Promise.all(servers.map(({ close }) => close()));
    },
  };
  return instances;

  function openInstance(instance: number): Promise<TestServer> {
    return openTestServer((router) => {
      router.service(BookingService, {
        bookFlight(request, context) {
          const { requestHeader: header } = context;
          instances.seen.push({ instance, request, header, timeoutMs: context.timeoutMs() });
          instances.next.shift()?.(context);
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
          instances.simulated += 1;
          throw unavailable();
        },
      });
    });
  }
}

export function fail(error: Error): Meeting {
  return () => {
    throw error;
  };
}
