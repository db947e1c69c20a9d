import { setTimeout as pause } from 'node:timers/promises';
import { type BenchStack, connectBookings, toBookingsConfig } from '../../../bench-stack.js';
import { percentile } from '../../../measurement.js';
import { assertOpenFiles } from '../../../open-files.js';
import { signUp } from '../../../sign-up.js';
import { toOutcome } from '../../drill.js';
import { askTimes } from '../../load.js';
import { withStack } from '../../with-stack.js';
import { toBooking } from '../booking.js';
import type { DataContext, DataDrill } from '../context.js';
import { sellReadThenWrite } from '../read-then-write.js';
import { openRestClient, type RestClient } from '../rest-client.js';
import { type SeatSamples, sampleSeats } from '../seat-samples.js';

const FLIGHT = 'FL001';
const SEATS = 100;
const SAMPLES_MIN = 20;
/** Bookers share accounts: an account costs a password's hash, and what is sold does not depend on whom to. */
const USERS = 50;
/** Connections that are opened at first; then twice as many each time, never more at a time than may wait to be accepted. */
const OPENING = 500;
/** Files besides the connections of the bookers. */
const OTHER_FILES = 500;
/**
 * Bookers share this machine's cores with what they ask, so that the last one waits for seconds. Whoever would be told
 * that it took too long would only come back: what is sold would be the same, and who is told what would say nothing.
 */
const DEADLINE_WRITE = '60s';
/** How often a booker who was told to come back does. */
const TRIES_MAX = 60;

/** What the bookers were answered. */
interface Rush {
  readonly sold: number;
  readonly soldOut: number;
  /** Answers from 500 up, and no answers. */
  readonly failed: number;
  /** How often somebody was told to come back. */
  readonly sentAway: number;
  readonly p99Ms: number;
}

/** Everybody wants the same flight at the same moment. */
export const bookersDrill: DataDrill = {
  name: 'bookers',
  demand: '100 seats, 10,000 bookers: 100 sold, seats = bookings at every moment',
  async run(context) {
    await assertOpenFiles(context.bookers + OTHER_FILES);
    return withStack({ DEADLINE_WRITE }, async (bench) => {
      const { rush, samples, stored } = await rushFor(bench, context);
      const naive = await sellReadThenWrite(toBookingsConfig(bench.stack), SEATS);
      context.report(`control: reading, then writing, sold ${naive} of ${SEATS} seats`);
      return toOutcome(
        {
          bookers: context.bookers,
          sold: rush.sold,
          'bookings stored': stored,
          'sold out': rush.soldOut,
          '5xx': rush.failed,
          'sent away': rush.sentAway,
          'p99 ms': rush.p99Ms,
          samples: samples.samples,
          'while selling': samples.between,
          disagreeing: samples.disagreeing,
        },
        { 'sold by reading, then writing': naive },
        [
          [rush.sold === SEATS && stored === SEATS, `exactly ${SEATS} are sold`],
          [rush.sold + rush.soldOut === context.bookers, 'everybody else hears that the flight is sold out'],
          [rush.failed === 0, 'nobody is answered 5xx'],
          [samples.disagreeing === 0, 'seats that are gone = bookings that are confirmed, in every sample'],
          [samples.between >= SAMPLES_MIN, `${SAMPLES_MIN} samples were taken while seats were being sold`],
          [naive > SEATS, 'reading, then writing, oversells'],
        ],
      );
    });
  },
};

async function rushFor(bench: BenchStack, { bookers, report }: DataContext) {
  const { edgeUrl } = bench.stack;
  const tokens: string[] = [];
  await askTimes(USERS, 2, async (number) => void tokens.push(await signUp(edgeUrl, `booker${number}`)));
  const [looking, asking] = [await connectBookings(bench.stack), await connectBookings(bench.stack)];
  const client = openRestClient(edgeUrl);
  try {
    await asking.query('update flight set seats_total = $1, seats_left = $1 where flight_code = $2', [
      SEATS,
      FLIGHT,
    ]);
    await openConnections(client, bookers);
    report(`${client.idle} connections are open`);
    const sampling = sampleSeats(looking, FLIGHT);
    const began = performance.now();
    const rush = await rushIn(client, tokens, bookers);
    report(`all were answered after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const samples: SeatSamples = await sampling;
    const { rows } = await asking.query<{ count: number }>('select count(*)::int as count from booking');
    return { rush, samples, stored: rows[0]?.count ?? 0 };
  } finally {
    client.close();
    await Promise.all([looking.end(), asking.end()]);
  }
}

/** Opens connections ahead, so that all bookings are sent at once. */
async function openConnections(client: RestClient, count: number): Promise<void> {
  let open = OPENING / 2;
  while (open < count) {
    open = Math.min(count, open * 2);
    // As many requests at once as connections are wanted: the idle ones are used again, the rest is new.
    await Promise.all(Array.from({ length: open }, () => client.ask({ method: 'GET', path: '/livez' })));
  }
}

async function rushIn(client: RestClient, tokens: readonly string[], bookers: number): Promise<Rush> {
  const times: number[] = [];
  let sentAway = 0;

  async function book(number: number): Promise<number> {
    const booking = toBooking(tokens[number % tokens.length] ?? '', FLIGHT, `booker-${number}`);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const sentAtMs = performance.now();
      const { status, headers } = await client.ask(booking);
      times.push(performance.now() - sentAtMs);
      if (status !== 429) return status;
      sentAway += 1;
      await pause(Number(headers['retry-after'] ?? 1) * 1000);
    }
    return 429;
  }

  const all = Array.from({ length: bookers }, (_, number) => book(number).catch(() => 0));
  const statuses = await Promise.all(all);
  const count = (of: (status: number) => boolean) => statuses.filter(of).length;
  return {
    sold: count((status) => status === 201),
    soldOut: count((status) => status === 409),
    failed: count((status) => status === 0 || status >= 500),
    sentAway,
    p99Ms: percentile(times, 0.99),
  };
}
