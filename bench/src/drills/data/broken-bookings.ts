import { setTimeout as pause } from 'node:timers/promises';
import { getBookingId, toBooking } from './booking.js';
import type { Answer, RestClient } from './rest-client.js';

/** What breaks the first try of a booking. */
export type Break =
  /** The client closes its connection, some time after it has asked. */
  | { readonly kind: 'abort'; readonly after: () => Promise<unknown> }
  /** The client gives it too little time. */
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** A process is killed while the booking is under way. */
  | { readonly kind: 'kill'; readonly afterMs: number; readonly kill: () => void };

/** A booking whose first try was broken, and that was repeated until it was answered. */
export interface BrokenBooking {
  /** Who answers differently each time; undefined when nobody ever did. */
  readonly bookingIds: readonly number[];
  /** The first try was not answered. */
  readonly broken: boolean;
  /** The first try was not answered, and yet had booked. */
  readonly doneUnheard: boolean;
  /** Answers that are neither a booking nor one of those that ask for a repeat. */
  readonly odd: readonly string[];
}

const PATIENCE_MS = 60_000;
const REPEAT_EVERY_MS = 25;
/** Still in flight, too many, away for the moment, too late: what a client repeats after. */
const REPEATABLE = [409, 429, 503, 504];

/**
 * Books a seat by a first try that is broken, repeats until a booking is answered, and, with a key, asks once more.
 *
 * @param clients asked in turn, so that one that is away does not matter for long
 * @param key without one, every repeat is a request of its own
 */
export async function bookBroken(
  clients: readonly RestClient[],
  order: { readonly token: string; readonly flightId: string; readonly key: string | undefined },
  breaking: Break,
): Promise<BrokenBooking> {
  const booking = toBooking(order.token, order.flightId, order.key);
  const odd: string[] = [];
  let turn = Math.floor(Math.random() * clients.length);

  async function ask(question = booking): Promise<Answer | undefined> {
    const client = clients[turn++ % clients.length];
    const answer = await client?.ask(question).catch(() => undefined);
    if (answer === undefined || answer.status === 201) return answer;
    if (!REPEATABLE.includes(answer.status)) odd.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    return undefined;
  }

  async function insist(): Promise<Answer | undefined> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await pause(REPEAT_EVERY_MS);
    }
    return undefined;
  }

  const first = await breakOff(breaking, (changes) =>
    ask({ ...booking, ...changes, headers: { ...booking.headers, ...changes.headers } }),
  );
  const heard = [first ?? (await insist())];
  if (order.key !== undefined) heard.push(await insist());
  return {
    bookingIds: heard.flatMap((answer) => (answer === undefined ? [] : getBookingId(answer))),
    broken: first === undefined,
    doneUnheard: first === undefined && heard[0]?.headers['idempotency-replayed'] === 'true',
    odd,
  };
}

/** What a break changes of the request. */
interface Changes {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

async function breakOff(
  breaking: Break,
  ask: (changes: Changes) => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  switch (breaking.kind) {
    case 'abort': {
      const controller = new AbortController();
      const asking = ask({ signal: controller.signal });
      await breaking.after();
      controller.abort();
      return asking;
    }
    case 'timeout':
      return ask({ headers: { 'x-request-timeout': String(Math.max(1, Math.round(breaking.afterMs))) } });
    case 'kill': {
      const asking = ask({});
      await pause(breaking.afterMs);
      breaking.kill();
      return asking;
    }
  }
}
