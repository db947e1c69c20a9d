import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { getBookingId, toBooking } from '../booking.js';
import { openRestClient, type RestClient } from '../rest-client.js';
import { openReconnecting } from './reconnecting.js';
import type { Kind, Sightings } from './sightings.js';
import {
  ADD_ACCOUNT,
  ADD_BOOKING,
  ADD_SUBSCRIPTION,
  END_SUBSCRIPTION,
  insert,
  SET_STATUS,
} from './source-statements.js';

/** Who writes to the sources, until they are stopped. */
export interface SourceWriters {
  /** Rows that were acknowledged, by kind. */
  readonly written: Readonly<Record<Kind | 'canceled' | 'status' | 'ended', number>>;
  /** When each booking through the edge was acknowledged, on this process's clock. */
  readonly bookedAtMs: readonly number[];
  /** Transactions that wrote early and committed seconds later. */
  readonly longOnes: number;
  stop(): Promise<void>;
}

/** What the writers write to. */
export interface WrittenSources {
  readonly edgeUrls: readonly string[];
  /** Access tokens; each booker has one. */
  readonly tokens: readonly string[];
  readonly findBookings: () => Promise<pg.ClientConfig>;
  readonly findUsers: () => Promise<pg.ClientConfig>;
  /** Flights that only the writers of statuses change, and those that only long transactions write to. */
  readonly statusFlights: readonly number[];
  readonly lateFlights: readonly number[];
}

/** With the bookers, one for each token, sixteen. */
const USER_WRITERS = 4;
const STATUS_WRITERS = 4;
const REST_MS = 30;
const LONG_MS = [3000, 8000] as const;
const CANCEL_EVERY = 6;
const STATUSES = ['On Time', 'Delayed', 'Boarding', 'Gate Closed'];

/** Begins; bookers go through the edge, the others write as services do, straight into the databases. */
export function startSourceWriters(sources: WrittenSources, sightings: Sightings): SourceWriters {
  const written = { booking: 0, account: 0, subscription: 0, canceled: 0, status: 0, ended: 0 };
  const bookedAtMs: number[] = [];
  const clients = sources.edgeUrls.map(openRestClient);
  let running = true;
  let longOnes = 0;
  let names = 0;
  const makeName = () => `drill-${process.pid}-${names++}`;

  const note = (kind: Kind, id: number | undefined, sentAtMs: number) => {
    if (id === undefined) return;
    written[kind] += 1;
    sightings.expect(kind, id, sentAtMs);
  };

  async function book(token: string, number: number): Promise<void> {
    for (let round = 0; running; round++) {
      const client = clients[round % clients.length];
      if (client === undefined) return;
      const sentAtMs = performance.now();
      const question = toBooking(token, `FL00${1 + (number % 5)}`, makeName());
      const booked = await askUntil(client, question, 201, () => running);
      if (booked === undefined) return;
      bookedAtMs.push(performance.now());
      const id = getBookingId(booked);
      note('booking', id, sentAtMs);
      if (round % CANCEL_EVERY === 0) {
        const path = `/api/flight/cancel-booking/${id}`;
        if (await askUntil(client, { method: 'DELETE', path, token }, 200, () => running))
          written.canceled += 1;
      }
      await pause(REST_MS);
    }
  }

  async function changeUsers(): Promise<void> {
    const connection = openReconnecting(sources.findUsers);
    const held: number[] = [];
    while (running) {
      const sentAtMs = performance.now();
      const name = makeName();
      const user = await connection.attempt((client) => insert(client, ADD_ACCOUNT, [name]));
      note('account', user, sentAtMs);
      if (user === undefined) continue;
      const subscribedAtMs = performance.now();
      const subscription = await connection.attempt((client) =>
        insert(client, ADD_SUBSCRIPTION, [user, 'FL001']),
      );
      note('subscription', subscription, subscribedAtMs);
      if (subscription !== undefined) held.push(subscription);
      const oldest = held.length > 20 ? held.shift() : undefined;
      if (
        oldest !== undefined &&
        (await connection.attempt((client) => client.query(END_SUBSCRIPTION, [oldest])))
      )
        written.ended += 1;
      await pause(REST_MS);
    }
    await connection.close();
  }

  async function changeStatuses(number: number): Promise<void> {
    const connection = openReconnecting(sources.findBookings);
    for (let round = number; running; round++) {
      const flight = sources.statusFlights[round % sources.statusFlights.length];
      const status = STATUSES[Math.floor(Math.random() * STATUSES.length)];
      const set = await connection.attempt((client) => client.query(SET_STATUS, [flight, status]));
      written.status += set?.rowCount ?? 0;
      await pause(REST_MS);
    }
    await connection.close();
  }

  /** Writes at once, commits when everybody else has gone on for seconds. */
  async function hold(
    findConfig: () => Promise<pg.ClientConfig>,
    write: (client: pg.Client) => Promise<readonly (readonly [Kind, number | undefined])[]>,
  ): Promise<void> {
    const connection = openReconnecting(findConfig);
    while (running) {
      const [least, most] = LONG_MS;
      const heldMs = least + Math.random() * (most - least);
      const committed = await connection.attempt(async (client) => {
        await client.query('begin');
        const rows = await write(client);
        for (const untilMs = performance.now() + heldMs; running && performance.now() < untilMs; )
          await pause(100);
        const sentAtMs = performance.now();
        await client.query('commit');
        return { rows, sentAtMs };
      });
      for (const [kind, id] of committed?.rows ?? []) note(kind, id, committed?.sentAtMs ?? 0);
      if (committed !== undefined) longOnes += 1;
    }
    await connection.close();
  }

  const writing = [
    ...sources.tokens.map(book),
    ...Array.from({ length: USER_WRITERS }, changeUsers),
    ...Array.from({ length: STATUS_WRITERS }, (_, number) => changeStatuses(number)),
    ...sources.lateFlights.map((flight) =>
      hold(sources.findBookings, async (client) => {
        await client.query(SET_STATUS, [flight, STATUSES[Math.floor(Math.random() * STATUSES.length)]]);
        const first = await insert(client, ADD_BOOKING, [flight, makeName()]);
        return [
          ['booking', first],
          ['booking', await insert(client, ADD_BOOKING, [flight, makeName()])],
        ];
      }),
    ),
    hold(sources.findUsers, async (client) => {
      const user = await insert(client, ADD_ACCOUNT, [makeName()]);
      return [
        ['account', user],
        ['subscription', await insert(client, ADD_SUBSCRIPTION, [user, 'FL002'])],
      ];
    }),
  ];
  return {
    written,
    bookedAtMs,
    get longOnes() {
      return longOnes;
    },
    async stop() {
      running = false;
      await Promise.all(writing);
      for (const client of clients) client.close();
    },
  };
}

/** Repeats a request that may be repeated until it is answered as hoped, or nobody waits any more. */
async function askUntil(
  client: RestClient,
  question: Parameters<RestClient['ask']>[0],
  status: number,
  wanted: () => boolean,
) {
  while (wanted()) {
    const answer = await client.ask(question).catch(() => undefined);
    if (answer?.status === status) return answer;
    await pause(50);
  }
  return undefined;
}
