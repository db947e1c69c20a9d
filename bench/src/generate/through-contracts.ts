import { randomUUID } from 'node:crypto';
import { openRestClient, type RestClient } from '../drills/data/rest-client.js';
import { openRoomSocket } from '../drills/room-socket.js';
import { signUp } from '../sign-up.js';
import { readTokenOwner } from '../token-owner.js';
import { CITIES } from './cities.js';
import type { Generated, Step } from './generate.js';
import { createRandom, type Random } from './random.js';
import type { Wish } from './wish.js';

/** Where the documentation's flights go to, from Chisinau; where there are none, the flights between large cities are found. */
const DOCUMENTED = ['London', 'Berlin', 'Paris', 'Rome', 'Istanbul', 'Japan'];
const LARGE_CITIES = 12;
const FLIGHTS_ENOUGH = 10;
const DOCUMENTED_FLIGHTS = 11;
/** Of flights, before nobody gets a seat. */
const TRIES = 20;
const BOOKINGS_MAX = 1500;
const USERS_MAX = 200;
const METHODS = ['credit_card', 'debit_card', 'paypal', 'apple_pay', 'bank_transfer'];
const CANCELED = 0.08;
const SUBSCRIBED = 0.3;
/** Of the steps of a person, as many at once as an edge takes without queueing. */
const AT_ONCE = 4;

/**
 * Does what people do, by what people use: registers them, signs them in, books, cancels and subscribes, through the edge.
 * No contract adds flights but those of the documentation, to a system without any; otherwise those that are there are used.
 *
 * @throws Error when the wish is too large for that, before anything is asked; or with the answer of a refusal
 */
export async function generateThroughContracts(
  wish: Pick<Wish, 'bookings' | 'users' | 'seed'>,
  edgeUrl: string,
  onStep: (step: Step) => void = () => undefined,
): Promise<Generated> {
  if (wish.bookings > BOOKINGS_MAX || wish.users > USERS_MAX)
    throw new Error(
      `by WAY=rpc there are at most ${BOOKINGS_MAX} bookings and ${USERS_MAX} users: they take their time`,
    );
  const random = createRandom(wish.seed, 'contracts');
  const client = openRestClient(edgeUrl);
  const made = { users: 0, flights: 0, bookings: 0, canceled: 0, subscriptions: 0, updates: 0 };
  try {
    const seeded = await client.ask({ method: 'GET', path: '/seed' });
    if (seeded.status === 201) made.flights = DOCUMENTED_FLIGHTS;
    const flights = await findFlights(client);
    // Names of an earlier run are taken.
    const run = randomUUID().slice(0, 8);
    const tokens: string[] = [];
    for (; made.users < wish.users; made.users++) {
      tokens.push(await signUp(edgeUrl, `generated-${run}-${made.users + 1}`));
      onStep({ what: 'users', done: made.users + 1, total: wish.users });
    }
    const plans = Array.from({ length: wish.bookings }, () => drawPlan(random, tokens, flights));
    let [next, done] = [0, 0];
    const work = async () => {
      for (let plan = plans[next++]; plan !== undefined; plan = plans[next++]) {
        await bookAsPlanned(client, edgeUrl, plan, made);
        onStep({ what: 'bookings', done: ++done, total: wish.bookings });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return made;
  } finally {
    client.close();
  }
}

interface Plan {
  readonly token: string;
  /** Tried in this order until one has a seat. */
  readonly flightIds: readonly string[];
  readonly paymentMethod: string;
  readonly cancels: boolean;
  readonly subscribes: boolean;
}

function drawPlan(random: Random, tokens: readonly string[], flights: readonly string[]): Plan {
  const choose = (items: readonly string[]) => items[random.whole(0, items.length - 1)] ?? '';
  const cancels = random.chance(CANCELED);
  return {
    token: choose(tokens),
    flightIds: Array.from({ length: TRIES }, () => choose(flights)),
    paymentMethod: choose(METHODS),
    cancels,
    subscribes: !cancels && random.chance(SUBSCRIBED),
  };
}

async function bookAsPlanned(
  client: RestClient,
  edgeUrl: string,
  { token, flightIds, paymentMethod, cancels, subscribes }: Plan,
  made: { bookings: number; canceled: number; subscriptions: number },
): Promise<void> {
  const { bookingId, flightId } = await bookOne(client, token, flightIds, paymentMethod);
  made.bookings += 1;
  if (cancels) {
    const canceling = `/api/flight/cancel-booking/${bookingId}`;
    const canceled = await client.ask({ method: 'DELETE', path: canceling, token });
    if (canceled.status !== 200) throw new Error(`${canceling} answered ${canceled.status}`);
    made.canceled += 1;
  }
  if (subscribes && !(await isSubscribed(client, token, flightId))) {
    const socket = await openRoomSocket({ edgeUrl, token });
    await socket.ask('subscribe', { flight_code: flightId }).finally(() => socket.end());
    made.subscriptions += 1;
  }
}

interface Booked {
  readonly bookingId: number;
  readonly flightId: string;
}

async function bookOne(
  client: RestClient,
  token: string,
  flightIds: readonly string[],
  paymentMethod: string,
): Promise<Booked> {
  const path = '/api/flight/book-flight';
  let refusal = 'there is no flight';
  for (const flightId of flightIds) {
    const { status, body } = await client.ask({
      method: 'POST',
      path,
      token,
      body: { flightId, paymentMethod },
    });
    if (status === 201) return body as Booked;
    refusal = `${path} answered ${status}: ${JSON.stringify(body)}`;
    // Sold out or cancelled meanwhile.
    if (status !== 409) break;
  }
  throw new Error(refusal);
}

/** Codes of flights that go, of the documentation or between large cities. */
async function findFlights(client: RestClient): Promise<readonly string[]> {
  const large = [...CITIES].sort((one, other) => other.passengers - one.passengers).slice(0, LARGE_CITIES);
  const pairs = [
    ...DOCUMENTED.map((to) => ['Chisinau', to] as const),
    ...large.flatMap((from) => large.map((to) => [from.name, to.name] as const)),
  ];
  const found: string[] = [];
  for (const [from, to] of pairs) {
    if (found.length >= FLIGHTS_ENOUGH) break;
    const path = `/api/flight/search-flights?${new URLSearchParams({ from, to })}`;
    const { status, body } = await client.ask({ method: 'GET', path });
    if (status !== 200) continue;
    const { flights } = body as { readonly flights: readonly { flightCode: string; status: string }[] };
    for (const { flightCode, status: now } of flights) if (now !== 'Cancelled') found.push(flightCode);
  }
  if (found.length === 0) throw new Error('no flights were found to book');
  return found;
}

async function isSubscribed(client: RestClient, token: string, flightId: string): Promise<boolean> {
  const path = `/api/auth/user-subscriptions/${readTokenOwner(token)}`;
  const { body } = await client.ask({ method: 'GET', path, token });
  return (body as { readonly flights: readonly string[] }).flights.includes(flightId);
}
