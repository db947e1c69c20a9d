import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Caller } from './caller.js';
import type { FlightUpdate, FlightUpdates, NewFlightUpdate } from './flight-update.js';

/** What publishing works with. */
export interface PublishParts {
  readonly updates: FlightUpdates;
  /** Tells watchers of a stored update. Never waits and never throws: who misses it finds it in the store. */
  readonly announce: (update: FlightUpdate) => void;
}

/** The update that is stored now, and whether an earlier request had stored it. */
export interface PublishedUpdate {
  readonly update: FlightUpdate;
  readonly replayed: boolean;
}

/**
 * Stores an update, then announces it; a repeat of the request that stored one answers that one.
 *
 * @throws Fault REQUEST_ID_REUSED
 */
export async function publishUpdate(
  parts: PublishParts,
  wish: NewFlightUpdate,
  caller: Caller,
): Promise<PublishedUpdate> {
  const published = await store(parts.updates, wish, caller);
  // A repeat is announced too: whoever stored it may have died before it told anybody.
  parts.announce(published.update);
  return published;
}

async function store(
  updates: FlightUpdates,
  wish: NewFlightUpdate,
  caller: Caller,
): Promise<PublishedUpdate> {
  const stored = await updates.insert(wish, caller);
  if (stored) return { update: stored, replayed: false };
  const earlier = await updates.findByRequest(wish, caller);
  if (!earlier) return store(updates, wish, caller); // It was forgotten between the two statements.
  if (earlier.sameArguments) return { update: earlier.update, replayed: true };
  throw new Fault<Reason>(
    'failed_precondition',
    'REQUEST_ID_REUSED',
    'This request id was used before with other arguments',
  );
}
