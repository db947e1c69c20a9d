import type { FlightUpdate } from './flight-updates.js';

/** Puts a flight's updates in order: each number once, none left out. */
export interface Sequencer {
  /** The number that is due next. */
  readonly next: number;
  /** Whether an update is known to exist that is due and has not come. */
  readonly isBehind: boolean;
  /** Takes an update, in any order and as often as it comes. Answers those that are due now, in order. */
  offer(update: FlightUpdate): readonly FlightUpdate[];
  /** Hears how far the flight has come. */
  expect(latest: number): void;
  /** Gives up what is before a number. Answers those that are due now, in order. */
  skipTo(sequence: number): readonly FlightUpdate[];
}

/** How many updates are kept that came too early. What is beyond is asked for again, so nothing depends on it. */
const EARLY_LIMIT = 1000;

/** @param first the number that is due first */
export function createSequencer(first: number): Sequencer {
  const early = new Map<number, FlightUpdate>();
  let next = first;
  let known = first - 1;

  function takeDue(): FlightUpdate[] {
    const due: FlightUpdate[] = [];
    for (let update = early.get(next); update !== undefined; update = early.get(next)) {
      early.delete(next);
      due.push(update);
      next += 1;
    }
    return due;
  }

  return {
    get next() {
      return next;
    },
    get isBehind() {
      return known >= next;
    },
    offer(update) {
      const { sequence } = update;
      if (sequence < next) return [];
      known = Math.max(known, sequence);
      if (sequence === next) {
        next += 1;
        return early.size === 0 ? [update] : [update, ...takeDue()];
      }
      if (early.size < EARLY_LIMIT) early.set(sequence, update);
      return [];
    },
    expect(latest) {
      known = Math.max(known, latest);
    },
    skipTo(sequence) {
      for (const number of early.keys()) if (number < sequence) early.delete(number);
      next = Math.max(next, sequence);
      return takeDue();
    },
  };
}
