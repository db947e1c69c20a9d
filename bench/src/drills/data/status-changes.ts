import { setTimeout as pause } from 'node:timers/promises';
import { searchStatus } from './redis-load.js';
import type { DrilledFlight, RedisSystem } from './redis-system.js';
import { openRestClient } from './rest-client.js';

/** Changes of status, each looked up as soon as it was answered. */
export interface StatusChanges {
  /** Changes that were answered. */
  readonly made: number;
  /** Searches after one. */
  readonly looks: number;
  /** Those that showed an older status. */
  readonly stale: number;
  /** The longest change, in milliseconds. */
  readonly longestMs: number;
  /** Answers that were no 200. */
  readonly failures: readonly string[];
  /** Resolves when the last look is over. */
  stop(): Promise<void>;
}

const STATUSES = ['Delayed', 'Boarding', 'On Time', 'Departed'];
/** A search goes to one of several services, each with its own way to Redis. */
const LOOKS = 6;
const WRITERS = 4;
const PAUSE_MS = 100;

/** Goes through flights of its own, so that nobody else's change can be what a search shows. */
export function startStatusChanges(system: RedisSystem, flights: readonly DrilledFlight[]): StatusChanges {
  const { edgeUrls, bench } = system;
  const clients = edgeUrls.map(openRestClient);
  const failures: string[] = [];
  const counts = { made: 0, looks: 0, stale: 0, longestMs: 0 };
  let stopped = false;

  async function change(flight: DrilledFlight, turn: number): Promise<void> {
    const [client] = clients;
    const status = STATUSES[turn % STATUSES.length] ?? '';
    if (client === undefined) throw new Error('there is no edge');
    const began = performance.now();
    const answer = await client.ask({
      method: 'PATCH',
      path: `/api/flight/flights/${flight.flightCode}`,
      token: bench.token,
      body: { status },
    });
    counts.longestMs = Math.max(counts.longestMs, performance.now() - began);
    if (answer.status !== 200) return void failures.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    counts.made += 1;
    for (let look = 0; look < LOOKS; look += 1) {
      const seen = await searchStatus(clients[look % clients.length] ?? client, flight);
      counts.looks += 1;
      if (seen !== status) counts.stale += 1;
    }
  }

  async function write(writer: number): Promise<void> {
    const own = flights.filter((_, i) => i % WRITERS === writer);
    for (let number = 0; !stopped && own.length > 0; number += 1) {
      const flight = own[number % own.length];
      const turn = Math.floor(number / own.length);
      if (flight) await change(flight, turn).catch((error: unknown) => void failures.push(String(error)));
      await pause(PAUSE_MS);
    }
  }

  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return {
    get made() {
      return counts.made;
    },
    get looks() {
      return counts.looks;
    },
    get stale() {
      return counts.stale;
    },
    get longestMs() {
      return counts.longestMs;
    },
    failures,
    async stop() {
      stopped = true;
      await writing;
      for (const client of clients) client.close();
    },
  };
}
