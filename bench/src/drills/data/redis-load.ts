import { type Load, type Sample, startLoad } from '../load.js';
import { toBooking } from './booking.js';
import type { DrilledFlight, RedisSystem } from './redis-system.js';
import { openRestClient, type Question, type RestClient } from './rest-client.js';

/** What users do, each kind at a rate of its own. */
export interface RedisLoad {
  /** By kind: searches, sign-ins, bookings. */
  readonly kinds: ReadonlyMap<string, Load>;
  stop(): Promise<ReadonlyMap<string, readonly Sample[]>>;
}

/** The user of `startBenchStack`. */
const CREDENTIALS = { username: 'bench', password: 'correct horse battery staple' };
const RATES = { searches: 80, 'sign-ins': 6, bookings: 20 };

/** Searches, signs in and books at both edges in turn until it is stopped. */
export function startRedisLoad({ edgeUrls, bench, flights }: RedisSystem): RedisLoad {
  const clients = edgeUrls.map(openRestClient);
  const pick = <T>(list: readonly T[], number: number): T => getItem(list, number % list.length);
  const ask = (question: (number: number) => Question, status: number) => async (number: number) => {
    const answer = await pick(clients, number).ask(question(number));
    return answer.status === status ? undefined : `${answer.status} ${JSON.stringify(answer.body)}`;
  };
  const search = ask((number) => toSearch(pick(flights, number)), 200);
  const signIn = ask(() => ({ method: 'POST', path: '/api/auth/login', body: CREDENTIALS }), 200);
  const book = ask((number) => toBooking(bench.token, pick(flights, number).flightCode), 201);
  const kinds = new Map([
    ['searches', startLoad(RATES.searches, search)],
    ['sign-ins', startLoad(RATES['sign-ins'], signIn)],
    ['bookings', startLoad(RATES.bookings, book)],
  ]);
  return {
    kinds,
    async stop() {
      const stopped = await Promise.all(
        [...kinds].map(async ([kind, load]) => [kind, await load.stop()] as const),
      );
      for (const client of clients) client.close();
      return new Map(stopped);
    },
  };
}

/** What searches a flight's route. */
export function toSearch({ fromCity, toCity }: DrilledFlight): Question {
  const query = new URLSearchParams({ from: fromCity, to: toCity });
  return { method: 'GET', path: `/api/flight/search-flights?${query}` };
}

/** The status that a search shows of the only flight of its route. */
export async function searchStatus(client: RestClient, flight: DrilledFlight): Promise<string> {
  const { status, body } = await client.ask(toSearch(flight));
  if (status !== 200) throw new Error(`a search was answered ${status}`);
  const [found] = (body as { readonly flights: readonly { readonly status: string }[] }).flights;
  return found?.status ?? '';
}

function getItem<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`the list has no item ${index}`);
  return item;
}
