import type { BenchStack } from '../bench-stack.js';
import { readTokenOwner } from '../token-owner.js';
import type { Ask } from './load.js';

const SEARCH = '/api/flight/search-flights?from=Chisinau&to=London';
const FLIGHTS = ['FL001', 'FL002', 'FL003', 'FL004'];

/** A search, which booking-service answers, with a deadline of the client's own where one is given. */
export function searchAt({ stack }: BenchStack, timeoutMs?: number): Ask {
  const headers = timeoutMs === undefined ? {} : { 'x-request-timeout': String(timeoutMs) };
  return () => request(`${stack.edgeUrl}${SEARCH}`, { headers }, 200);
}

/** The owner's subscriptions, which user-service answers. */
export function listSubscriptionsAt({ stack, token }: BenchStack): Ask {
  const url = `${stack.edgeUrl}/api/auth/user-subscriptions/${readTokenOwner(token)}`;
  return () => request(url, { headers: { authorization: `Bearer ${token}` } }, 200);
}

/** A booking, whose id is noted in `booked`. */
export function bookAt({ stack, token }: BenchStack, booked: number[]): Ask {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return async (number) => {
    const flightId = FLIGHTS[number % FLIGHTS.length];
    const body = JSON.stringify({ flightId, paymentMethod: 'card' });
    return request(
      `${stack.edgeUrl}/api/flight/book-flight`,
      { method: 'POST', headers, body },
      201,
      (answer) => booked.push((answer as { bookingId: number }).bookingId),
    );
  };
}

/** Reads of both services and bookings: of ten requests four are searches, three lists and three bookings. */
export function mixedAt(bench: BenchStack, booked: number[]): Ask {
  const [search, list, book] = [searchAt(bench), listSubscriptionsAt(bench), bookAt(bench, booked)];
  return (number) =>
    ([search, list, book, search, list, book, search, list, book, search][number % 10] ?? search)(number);
}

async function request(
  url: string,
  init: RequestInit,
  expected: number,
  onAnswer?: (answer: unknown) => void,
): Promise<string | undefined> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status !== expected) return `${response.status} ${text.slice(0, 160)}`;
  onAnswer?.(JSON.parse(text));
  return undefined;
}
