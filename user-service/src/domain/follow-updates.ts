import { Fault } from '@flight/mesh/fault';
import type { FlightHistory, FlightPosition, FlightUpdate, HistoryWish } from './flight-update.js';
import { invalidField } from './invalid-field.js';
import type { Watch, Watches } from './watch.js';

/** What following works with. */
export interface FollowParts {
  /** Announcements are hints: what is missed here is found in the store. */
  readonly watches: Pick<Watches, 'open'>;
  /** Lists updates by number. Has an end of its own, for a follower has none. */
  readonly list: (wish: HistoryWish, signal: AbortSignal) => Promise<FlightHistory>;
  /** How long a follower may be told nothing, in milliseconds. The store is looked into as often. */
  readonly keepAliveMs: number;
}

/** What somebody wants to follow. */
export interface FollowWish {
  readonly flightCode: string;
  /** Only updates with higher numbers; only those that are stored from now on when undefined. */
  readonly afterSequence: number | undefined;
}

/** What a follower is told: once where the flight is, then its updates, and now and then that nothing happens. */
export type FollowMessage =
  | { readonly kind: 'began'; readonly position: FlightPosition }
  | { readonly kind: 'update'; readonly update: FlightUpdate }
  | { readonly kind: 'silence' };

/** Updates that are read at once: what a follower that takes nothing holds at most, with as many announcements. */
const PAGE = 50;
/** Before all that is stored later, whatever number it gets. */
const NOTHING_STORED = Number.MAX_SAFE_INTEGER;

/**
 * Tells a flight's updates in order, each once, until the signal aborts: those that are kept, then those that are announced
 * one after another. Whenever one is missing, or none comes for a while, it begins again from the store.
 *
 * @throws Fault INVALID_FIELD; UNREACHABLE when the service stops; what listing throws; the signal's reason
 */
export async function* followUpdates(
  { watches, list, keepAliveMs }: FollowParts,
  { flightCode, afterSequence }: FollowWish,
  signal: AbortSignal,
): AsyncGenerator<FollowMessage, never> {
  if (afterSequence !== undefined && afterSequence < 0)
    throw invalidField('after_sequence', 'After sequence must not be negative');
  let last = afterSequence;
  for (let began = false; ; began = true) {
    // Opened before the store is read, so that nothing falls between the two.
    const watch = watches.open(flightCode);
    try {
      // Whoever hears of a position that is too low takes it for the truth, and is told again what it was told. Later
      // looks only find updates the later.
      const wish = { flightCode, after: last ?? NOTHING_STORED, limit: PAGE, upToDate: !began };
      const { updates, position } = await list(wish, signal);
      if (!began) yield { kind: 'began', position };
      last ??= position.latestSequence;
      for (const update of updates) {
        yield { kind: 'update', update };
        last = update.sequence;
      }
      if (updates.length < PAGE) last = yield* tellAnnounced(watch, last, keepAliveMs, signal);
    } finally {
      watch.close();
    }
  }
}

/**
 * Tells what is announced as long as it is what is due.
 *
 * @returns the number of the last one that was told
 */
async function* tellAnnounced(
  watch: Watch,
  told: number,
  keepAliveMs: number,
  signal: AbortSignal,
): AsyncGenerator<FollowMessage, number> {
  let last = told;
  // Counted from the last message, not the last announcement: repeats of old ones could hide for ever that one is missing.
  for (let silentAt = performance.now() + keepAliveMs; ; ) {
    const patienceMs = silentAt - performance.now();
    const heard = patienceMs > 0 ? await hear(watch, patienceMs, signal) : undefined;
    if (heard === undefined) {
      yield { kind: 'silence' };
      return last;
    }
    if (heard === 'too much' || heard.sequence > last + 1) return last;
    if (heard.sequence === last + 1) {
      yield { kind: 'update', update: heard };
      last = heard.sequence;
      silentAt = performance.now() + keepAliveMs;
    }
  }
}

/** The next announcement; undefined when none comes for so long; `too much` when more came than are kept. */
async function hear(
  watch: Watch,
  patienceMs: number,
  signal: AbortSignal,
): Promise<FlightUpdate | 'too much' | undefined> {
  try {
    return await watch.next(patienceMs, signal);
  } catch (error) {
    if (error instanceof Fault && error.reason === 'BUSY') return 'too much';
    throw error;
  }
}
