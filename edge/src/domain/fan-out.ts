import type { FlightUpdate } from './flight-updates.js';
import { deliverTo, type Seat, type ToFrame } from './seat.js';
import type { UpdateRecords } from './update-records.js';

/** Whoever hears the updates of a flight. */
export interface Audience {
  readonly seats: ReadonlySet<Seat>;
}

/** Writes updates to audiences, a little at a time. */
export interface FanOut {
  /** Takes updates of one flight, in order. What comes before the next turn of the event loop goes out together. */
  push(audience: Audience, updates: readonly FlightUpdate[]): void;
}

/** After so many writes everybody else gets a turn: about 7 ms. */
const WRITES_PER_TURN = 500;

/** One for all rooms of an edge, so that many small rooms don't hold up the event loop either. */
export function createFanOut(toFrame: ToFrame, records: UpdateRecords): FanOut {
  const due = new Map<Audience, FlightUpdate[]>();
  let running = false;
  let writes = 0;

  async function run(): Promise<void> {
    await nextTurn();
    // What is pushed meanwhile is appended, and the loop gets there.
    for (const [audience, updates] of due) {
      due.delete(audience);
      await tell(audience, updates);
    }
    running = false;
  }

  async function tell({ seats }: Audience, updates: readonly FlightUpdate[]): Promise<void> {
    const frames = updates.map(toFrame);
    let times = 0;
    for (const seat of seats) {
      if (seat.state !== 'live') continue;
      const written = deliverTo(seat, frames);
      times += written;
      writes += written;
      if (writes >= WRITES_PER_TURN) {
        writes = 0;
        await nextTurn();
      }
    }
    records.delivered(updates, times);
  }

  return {
    push(audience, updates) {
      const waiting = due.get(audience);
      if (waiting === undefined) due.set(audience, [...updates]);
      else waiting.push(...updates);
      if (running) return;
      running = true;
      void run();
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
