import { Fault, type MeshReason } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { FlightUpdate } from './flight-update.js';

/** The announcements that one watcher has not taken yet, up to a limit. */
export interface Watch {
  /**
   * The next announcement, or undefined when none comes for so long.
   *
   * @throws Fault BUSY when the watcher was too slow, UNREACHABLE when the service stops, the signal's reason
   */
  next(patienceMs: number, signal: AbortSignal): Promise<FlightUpdate | undefined>;
  close(): void;
}

/** Everybody who watches at this moment. */
export interface Watches {
  readonly size: number;
  /** @throws Fault UNREACHABLE when the service stops */
  open(): Watch;
  announce(update: FlightUpdate): void;
  /** Ends all watches, those that are still to be opened too. */
  close(): void;
}

/** @param capacity announcements that are kept for a watcher; one that falls further behind is ended */
export function createWatches(capacity: number): Watches {
  const open = new Set<Pending>();
  let closed = false;

  return {
    get size() {
      return open.size;
    },
    open() {
      if (closed) throw stopping();
      const pending = createPending();
      open.add(pending);
      return {
        next: (patienceMs, signal) => next(pending, patienceMs, signal),
        close: () => void open.delete(pending),
      };
    },
    announce(update) {
      for (const pending of open) {
        if (pending.updates.length < capacity) pending.updates.push(update);
        else end(pending, tooSlow());
        pending.wake();
      }
    },
    close() {
      closed = true;
      for (const pending of open) {
        end(pending, stopping());
        pending.wake();
      }
    },
  };
}

interface Pending {
  updates: FlightUpdate[];
  /** Why there will be no more. */
  ended: Fault | undefined;
  /** Tells whoever waits for the next one to look again. */
  wake: () => void;
}

function createPending(): Pending {
  return { updates: [], ended: undefined, wake: () => undefined };
}

/** What was waiting is dropped: the watcher finds all of it in the store. */
function end(pending: Pending, fault: Fault): void {
  pending.ended ??= fault;
  pending.updates = [];
}

async function next(
  pending: Pending,
  patienceMs: number,
  signal: AbortSignal,
): Promise<FlightUpdate | undefined> {
  if (pending.ended === undefined && pending.updates.length === 0)
    await somethingHappens(pending, patienceMs, signal);
  signal.throwIfAborted();
  if (pending.ended) throw pending.ended;
  return pending.updates.shift();
}

function somethingHappens(pending: Pending, patienceMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, patienceMs);
    signal.addEventListener('abort', done, { once: true });
    pending.wake = done;
    if (signal.aborted) done();
  });
}

function tooSlow(): Fault<Reason> {
  const message = 'Updates come faster than they are taken; watch again and list what was missed';
  return new Fault('resource_exhausted', 'BUSY', message, {}, { retryAfterMs: 0 });
}

function stopping(): Fault<MeshReason> {
  return new Fault('unavailable', 'UNREACHABLE', 'The service is temporarily unavailable');
}
