import { backoffMs, pause } from './backoff.js';
import type { History, UpdateStore } from './flight-updates.js';
import { findResumePoint } from './resume-point.js';
import type { Room } from './room.js';
import { deliverTo, type Seat, type ToFrame } from './seat.js';
import type { UpdateRecords } from './update-records.js';

export interface CatchUpParts {
  readonly store: UpdateStore;
  readonly records: UpdateRecords;
  readonly toFrame: ToFrame;
}

/** Reads up until the member is where the room is. What it reads is news to a room that is behind. */
export async function catchUp(seat: Seat, room: Room, first: History, parts: CatchUpParts): Promise<void> {
  let history: History | undefined = first;
  while (seat.state === 'waiting') {
    if (history !== undefined) replay(seat, room, history, parts);
    if (seat.next >= room.next) return becomeLive(seat);
    await seat.member.flushed();
    history = await readOn(seat, room.flightCode, parts);
  }
}

function replay(seat: Seat, room: Room, history: History, { records, toFrame }: CatchUpParts): void {
  const point = findResumePoint(seat.next, history);
  if (point > seat.next) {
    records.lost(room.flightCode, point - seat.next);
    seat.next = point;
  }
  records.replayed(deliverTo(seat, history.updates.map(toFrame)));
  room.take(history.updates);
}

/** Who was promised a replay gets it, however long the store is away. */
async function readOn(
  seat: Seat,
  flightCode: string,
  { store, records }: CatchUpParts,
): Promise<History | undefined> {
  const { signal } = seat.member;
  for (let failures = 0; seat.state === 'waiting'; failures++) {
    try {
      const history = await store.list(flightCode, seat.next - 1, signal);
      if (history.updates.length > 0 || history.position.latest >= seat.next) return history;
    } catch (error) {
      if (!signal.aborted) records.storeFailed(error);
    }
    await pause(backoffMs(failures), signal);
  }
  return undefined;
}

/** From now on the seat gets what the room gets, unless it was given back. */
export function becomeLive(seat: Seat): void {
  if (seat.state === 'waiting') seat.state = 'live';
}
