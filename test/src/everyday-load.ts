import { setTimeout as pause } from 'node:timers/promises';
import { type Customer, makeCustomer } from './customer.js';
import { type Ask, createClient } from './http-client.js';
import { connect } from './update-socket.js';

/** Customers at work. */
export interface EverydayLoad {
  /** Rounds that were carried through so far. */
  readonly rounds: number;
  /** Failures of rounds: their error messages. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

/** Between two rounds, in milliseconds: light enough for a machine that does other things, too. */
const PAUSE_MS = 100;
const FLIGHTS = ['FL001', 'FL002', 'FL003', 'FL005'];

/** A customer at each edge who searches, books, cancels, signs in, listens and says something, over and over, until closed. */
export async function openEverydayLoad(edgeUrls: readonly string[]): Promise<EverydayLoad> {
  const closing = new AbortController();
  const failures: string[] = [];
  let rounds = 0;
  await createClient(edgeUrls[0] ?? '')('GET', '/seed');
  for (const edgeUrl of edgeUrls) await moveBreaker(createClient(edgeUrl));

  async function keepOn(edgeUrl: string): Promise<void> {
    const ask = createClient(edgeUrl);
    const customer = await makeCustomer(ask);
    while (!closing.signal.aborted) {
      try {
        await workRound(edgeUrl, ask, customer, FLIGHTS[rounds % FLIGHTS.length] ?? '');
        rounds += 1;
      } catch (error) {
        failures.push(String(error));
      }
      await pause(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  const working = Promise.all(edgeUrls.map(keepOn));
  return {
    get rounds() {
      return rounds;
    },
    failures,
    async close() {
      closing.abort();
      await working;
    },
  };
}

/** Five failures in a row, which happen on no ordinary day, so that the breaker of an instance has something to tell. */
async function moveBreaker(ask: Ask): Promise<void> {
  for (let n = 0; n < 5; n++) await ask('GET', '/api/auth/simulate-failure?instance=user_service_3');
}

async function workRound(edgeUrl: string, ask: Ask, customer: Customer, flightCode: string): Promise<void> {
  const { token, userId, username, password } = customer;
  await expectStatus(ask('GET', '/api/flight/search-flights?from=Chisinau&to=London'), 200);
  const json = { flightId: flightCode, paymentMethod: 'credit_card' };
  const booked = await expectStatus(ask('POST', '/api/flight/book-flight', { token, json }), 201);
  const { bookingId } = booked.body as { bookingId: number };
  await expectStatus(ask('GET', `/api/flight/bookings/${userId}`, { token }), 200);
  await expectStatus(ask('DELETE', `/api/flight/cancel-booking/${bookingId}`, { token }), 200);
  await expectStatus(ask('GET', `/api/auth/user-subscriptions/${userId}`, { token }), 200);
  await expectStatus(ask('POST', '/api/auth/login', { json: { username, password } }), 200);
  await expectStatus(
    ask('PATCH', `/api/flight/flights/${flightCode}`, { token, json: { status: 'Boarding' } }),
    200,
  );
  const socket = await connect(edgeUrl, token);
  const flight = { flight_code: flightCode };
  await socket.ask('subscribe', flight);
  await socket.ask('connect-room', flight);
  await socket.ask('broadcast_update', { ...flight, update: 'all is well' });
  await socket.frame('update', ({ event }) => event === 'flight_update');
  await socket.close();
}

async function expectStatus(asking: ReturnType<Ask>, status: number): ReturnType<Ask> {
  const answer = await asking;
  if (answer.status !== status) throw new Error(`expected ${status}, not ${answer.status} ${answer.text}`);
  return answer;
}
