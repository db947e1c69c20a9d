import { setTimeout as pause } from 'node:timers/promises';
import { type BenchStack, connectBookings } from '../../../bench-stack.js';
import { signUp } from '../../../sign-up.js';
import { readTokenOwner } from '../../../token-owner.js';
import { toOutcome } from '../../drill.js';
import { askTimes } from '../../load.js';
import { withStack } from '../../with-stack.js';
import { type Break, type BrokenBooking, bookBroken } from '../broken-bookings.js';
import type { DataContext, DataDrill } from '../context.js';
import { createKiller, type Killer } from '../killer.js';
import { openRestClient, type RestClient } from '../rest-client.js';

const FLIGHTS = ['FL001', 'FL002', 'FL003', 'FL004'];
/** Rounds that go on at the same time. */
const LANES = 8;
/** Every so many rounds a process is killed instead of the client giving up. */
const KILL_EVERY = 25;
const VICTIMS = ['booking_service_1', 'edge_1', 'booking_service_2', 'edge_2', 'booking_service_3'];
/** A booking takes about half of it here: what is broken off within that time is broken off anywhere on its way. */
const BROKEN_OFF_MS = 15;
/** Of the rounds, for the control; enough to hurt. */
const CONTROL_SHARE = 0.2;

/** The owner of some bookings, and the bookings. */
interface Rounds {
  readonly bookings: readonly BrokenBooking[];
  /** What the database has of that owner. */
  readonly stored: number;
}

/** Bookings whose answer gets lost on the way, repeated until there is one. */
export const retryDrill: DataDrill = {
  name: 'retry',
  demand: 'kill or timeout, then the same key again: exactly one booking each',
  run: (context) =>
    withStack(
      {},
      async (bench) => {
        const clients = bench.stack.instances.flatMap(({ httpUrl }) =>
          httpUrl ? openRestClient(httpUrl) : [],
        );
        const killer = createKiller(bench.stack, VICTIMS);
        try {
          const keyed = await bookRounds(bench, clients, { owner: 'keyed', rounds: context.rounds, killer });
          const rounds = Math.ceil(context.rounds * CONTROL_SHARE);
          const keyless = await bookRounds(bench, clients, { owner: 'keyless', rounds, killer: undefined });
          return judge(keyed, keyless, { ...context, kills: killer.kills });
        } finally {
          for (const client of clients) client.close();
        }
      },
      { counts: { edge: 2 } },
    ),
};

async function bookRounds(
  bench: BenchStack,
  clients: readonly RestClient[],
  { owner, rounds, killer }: { owner: string; rounds: number; killer: Killer | undefined },
): Promise<Rounds> {
  const token = await signUp(bench.stack.edgeUrl, owner);
  const bookings: BrokenBooking[] = [];
  const failures = await askTimes(rounds, LANES, async (number) => {
    const order = {
      token,
      flightId: FLIGHTS[number % FLIGHTS.length] ?? '',
      key: killer === undefined ? undefined : `round-${number}`,
    };
    bookings.push(await bookBroken(clients, order, await chooseBreak(number, killer)));
    return undefined;
  });
  const [failure] = failures.filter((one) => one !== undefined);
  if (failure !== undefined) throw new Error(failure);
  await killer?.settled();
  return { bookings, stored: await countStored(bench, token) };
}

async function chooseBreak(number: number, killer: Killer | undefined): Promise<Break> {
  const afterMs = Math.random() * BROKEN_OFF_MS;
  if (killer !== undefined && number % KILL_EVERY === KILL_EVERY - 1)
    return { kind: 'kill', afterMs, kill: await killer.next() };
  return number % 2 === 0 ? { kind: 'abort', after: () => pause(afterMs) } : { kind: 'timeout', afterMs };
}

async function countStored({ stack }: BenchStack, token: string): Promise<number> {
  const client = await connectBookings(stack);
  try {
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::int as count from booking where user_id = $1',
      [readTokenOwner(token)],
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

function judge(keyed: Rounds, keyless: Rounds, { rounds, kills, report }: DataContext & { kills: number }) {
  const { bookings, stored } = keyed;
  const told = new Set(bookings.flatMap(({ bookingIds }) => bookingIds));
  const count = (of: (booking: BrokenBooking) => boolean) => bookings.filter(of).length;
  const broken = count((booking) => booking.broken);
  const doneUnheard = count((booking) => booking.doneUnheard);
  const twoAnswers = count(({ bookingIds: [first, again] }) => first === undefined || first !== again);
  const odd = bookings.flatMap((booking) => booking.odd);
  report(`${broken} of ${rounds} first tries were not answered; ${doneUnheard} of them had booked`);
  if (odd.length > 0) report(`odd answers: ${[...new Set(odd)].join('; ')}`);
  const duplicates = keyless.stored - keyless.bookings.length;
  return toOutcome(
    {
      acknowledged: told.size,
      lost: Math.max(0, told.size - stored),
      rounds,
      kills,
      'first tries unanswered': broken,
      'of them booked': doneUnheard,
      'bookings stored': stored,
      'other answer the second time': twoAnswers,
    },
    { 'without a key: rounds': keyless.bookings.length, 'booked too often': duplicates },
    [
      [stored === rounds && told.size === rounds, 'exactly one booking for each key'],
      [twoAnswers === 0, 'the same key is answered the same booking'],
      [odd.length === 0, 'no answer but a booking or one to repeat after'],
      [doneUnheard > 0, 'some first tries had booked and were not heard'],
      [duplicates > 0, 'without a key, some book twice'],
    ],
  );
}
