import type { FanOut } from './fan-out.js';
import type { FlightUpdate, UpdateStore } from './flight-updates.js';
import { findResumePoint } from './resume-point.js';
import type { Seat } from './seat.js';
import { createSequencer } from './sequencer.js';
import type { UpdateRecords } from './update-records.js';

/** What rooms work with. */
export interface RoomParts {
  readonly store: UpdateStore;
  readonly fanOut: FanOut;
  readonly records: UpdateRecords;
}

/** The members, on this edge, that hear the updates of one flight; and how far these have come. */
export interface Room {
  readonly flightCode: string;
  readonly seats: Set<Seat>;
  /** The number that is due next. */
  readonly next: number;
  /** Takes updates of the flight, from wherever, in any order. Each goes out once, in order. */
  take(updates: readonly FlightUpdate[]): void;
  /** Hears how far the flight has come. */
  expect(latest: number): void;
  close(): void;
}

/**
 * How long an update that overtook others waits for them before the store is asked, in milliseconds. Announcements by
 * several instances overtake each other all the time.
 */
const PATIENCE_MS = 20;

/** @param first the number that is due first */
export function createRoom(flightCode: string, first: number, { store, fanOut, records }: RoomParts): Room {
  const sequencer = createSequencer(first);
  const ending = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  let repairing = false;

  function takeOne(update: FlightUpdate): readonly FlightUpdate[] {
    return sequencer.offer(update);
  }

  function repairSoon(): void {
    if (!sequencer.isBehind || repairing || patience !== undefined || ending.signal.aborted) return;
    patience = setTimeout(() => {
      patience = undefined;
      void repair();
    }, PATIENCE_MS);
  }

  /** A repair that fails is not repeated here: the next announcement or check of the position asks for another. */
  async function repair(): Promise<void> {
    repairing = true;
    try {
      while (sequencer.isBehind && (await repairSome()));
    } catch (error) {
      if (!ending.signal.aborted) records.storeFailed(error);
    } finally {
      repairing = false;
    }
  }

  /** @returns whether it got any further */
  async function repairSome(): Promise<boolean> {
    const before = sequencer.next;
    const history = await store.list(flightCode, before - 1, ending.signal);
    const skipped = skipLost(findResumePoint(sequencer.next, history));
    const due = [...skipped, ...history.updates.flatMap(takeOne)];
    if (due.length > 0) {
      records.repaired(due.length);
      room.announce(due);
    }
    return sequencer.next > before;
  }

  function skipLost(point: number): readonly FlightUpdate[] {
    if (point <= sequencer.next) return [];
    records.lost(flightCode, point - sequencer.next);
    return sequencer.skipTo(point);
  }

  const room = {
    flightCode,
    seats: new Set<Seat>(),
    get next() {
      return sequencer.next;
    },
    announce(due: readonly FlightUpdate[]) {
      fanOut.push(room, due);
    },
    take(updates: readonly FlightUpdate[]) {
      const due = updates.flatMap(takeOne);
      if (due.length > 0) room.announce(due);
      repairSoon();
    },
    expect(latest: number) {
      sequencer.expect(latest);
      repairSoon();
    },
    close() {
      clearTimeout(patience);
      ending.abort();
    },
  };
  return room;
}
