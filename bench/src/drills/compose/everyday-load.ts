import { randomUUID } from 'node:crypto';
import { type Acknowledged, findLongestGapMs } from '../data/acknowledged.js';
import { getBookingId, toBooking } from '../data/booking.js';
import { openRestClient } from '../data/rest-client.js';
import { type Load, startLoad } from '../load.js';
import { openRoomSocket } from '../room-socket.js';

/** Everyday use through the balancer, until it is stopped: searches, subscriptions, bookings with a key, updates of a flight. */
export interface EverydayLoad extends Load {
  /** Bookings that were answered with 201, by id. */
  readonly booked: readonly Acknowledged[];
  /** The longest time without an acknowledged booking since the load began, in milliseconds. */
  findBookingGapMs(): number;
  /** Acknowledged bookings that the system does not know any more. */
  countLost(): Promise<number>;
  /** Lets go of its connections. */
  close(): void;
}

const PER_SECOND = 40;
/** Every so many-th request books. A flight has 180 seats, and there are ten that can be booked. */
const BOOKING_EVERY = 10;
const FLIGHTS = ['FL001', 'FL002', 'FL003', 'FL004', 'FL005', 'FL007', 'FL008', 'FL009', 'FL010', 'FL012'];
const SEARCHES = ['London', 'Berlin', 'Rome', 'Paris', 'Istanbul', 'Japan'];

/** @param owner whose subscriptions are listed and in whose name is booked */
export function startEverydayLoad(
  edgeUrl: string,
  { token, userId }: { readonly token: string; readonly userId: number },
): EverydayLoad {
  const client = openRestClient(edgeUrl);
  const booked: Acknowledged[] = [];
  const began = performance.now();

  async function expectAnswer(path: string, expected: number): Promise<string | undefined> {
    const { status, body } = await client.ask({ method: 'GET', path, token });
    return status === expected ? undefined : `${status} ${path} ${JSON.stringify(body)}`;
  }

  async function book(number: number): Promise<string | undefined> {
    const flight = FLIGHTS[Math.floor(number / BOOKING_EVERY) % FLIGHTS.length] ?? 'FL001';
    const answer = await client.ask(toBooking(token, flight, randomUUID()));
    if (answer.status !== 201) return `${answer.status} booking ${JSON.stringify(answer.body)}`;
    booked.push({ what: String(getBookingId(answer)), atMs: performance.now() });
    return undefined;
  }

  const load = startLoad(PER_SECOND, (number) => {
    if (number % BOOKING_EVERY === 0) return book(number);
    if (number % 3 === 0) return expectAnswer(`/api/auth/user-subscriptions/${userId}`, 200);
    return expectAnswer(
      `/api/flight/search-flights?from=Chisinau&to=${SEARCHES[number % SEARCHES.length]}`,
      200,
    );
  });

  return {
    samples: load.samples,
    booked,
    findBookingGapMs: () => findLongestGapMs(booked, began, performance.now()),
    async countLost() {
      const { body } = await client.ask({ method: 'GET', path: `/api/flight/bookings/${userId}`, token });
      const { bookings } = body as { readonly bookings: readonly { readonly bookingId: number }[] };
      const known = new Set(bookings.map(({ bookingId }) => String(bookingId)));
      return booked.filter(({ what }) => !known.has(what)).length;
    },
    stop: () => load.stop(),
    close: () => client.close(),
  };
}

/** Subscribes to a flight, enters its room over WebSocket and hears an update that it sends itself: all within a few seconds. */
export async function converse(edgeUrl: string, token: string): Promise<void> {
  let hear: (text: string) => void = () => undefined;
  const heard = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const socket = await openRoomSocket({ edgeUrl, token, onUpdate: ({ text }) => hear(text) });
  try {
    const text = `checked ${randomUUID()}`;
    await socket.ask('subscribe', { flight_code: 'FL001' });
    await socket.ask('connect-room', { flight_code: 'FL001' });
    await socket.ask('broadcast_update', { flight_code: 'FL001', update: text });
    const gone = socket.ended.then(() =>
      Promise.reject(new Error('the connection ended before the update came')),
    );
    if ((await Promise.race([heard, gone])) !== text) throw new Error('another update came');
  } finally {
    socket.end();
  }
}
