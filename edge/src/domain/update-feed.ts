import { backoffMs, pause } from './backoff.js';
import type { UpdateStore } from './flight-updates.js';
import type { Rooms } from './rooms.js';
import type { UpdateRecords } from './update-records.js';

export interface UpdateFeedOptions {
  readonly store: UpdateStore;
  readonly rooms: Rooms;
  readonly records: UpdateRecords;
  /** How often the positions of all rooms are checked, in milliseconds. */
  readonly checkEveryMs: number;
  /** Ends the feed. */
  readonly signal: AbortSignal;
}

/** Flights whose positions are asked for at once, at most. */
const BATCH = 1000;

/** A stream that is silent for so long is given up, in milliseconds; it says every ten seconds that it lives. */
const SILENCE_MS = 30_000;

/**
 * Feeds the rooms with what is announced, and checks now and then, and whenever a stream begins, that nothing was
 * missed: announcements are quick, the store is right.
 *
 * @returns resolves when the feed has ended
 */
export async function feedRooms(options: UpdateFeedOptions): Promise<void> {
  await Promise.all([keepWatching(options), keepChecking(options)]);
}

async function keepWatching(options: UpdateFeedOptions): Promise<void> {
  const { signal, records } = options;
  let failures = 0;
  const hearBeginning = () => {
    failures = 0;
    records.watchBegan();
    void checkPositions(options);
  };
  while (!signal.aborted) {
    const cause = await watchOnce(options, hearBeginning);
    if (signal.aborted) return;
    records.watchBroke(cause);
    await pause(backoffMs(failures), signal);
    failures += 1;
  }
}

/** @returns why the stream ended; undefined when the other side ended it in order */
async function watchOnce({ store, rooms, signal }: UpdateFeedOptions, hearBeginning: () => void) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error('the stream fell silent')), SILENCE_MS);
  let began = false;
  try {
    for await (const update of store.watch(AbortSignal.any([signal, silence.signal]))) {
      timer.refresh();
      if (!began) hearBeginning();
      began = true;
      if (update !== undefined) rooms.announce(update);
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

async function keepChecking(options: UpdateFeedOptions): Promise<void> {
  const { signal, checkEveryMs } = options;
  while (!signal.aborted) {
    await pause(checkEveryMs, signal);
    await checkPositions(options);
  }
}

/** Never rejects: what fails now is tried again at the next check. */
async function checkPositions({ store, rooms, records, signal }: UpdateFeedOptions): Promise<void> {
  const flightCodes = rooms.flightCodes();
  try {
    for (let start = 0; start < flightCodes.length && !signal.aborted; start += BATCH) {
      const positions = await store.positions(flightCodes.slice(start, start + BATCH), signal);
      for (const position of positions) rooms.expect(position);
    }
  } catch (error) {
    if (!signal.aborted) records.storeFailed(error);
  }
}
