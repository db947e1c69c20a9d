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

/** What is wanted by who wants the updates of all flights: no flight has this code. */
const ALL = '';

/** Everybody who watches at this moment. */
export interface Watches {
  readonly size: number;
  /**
   * @param flightCode whose updates are wanted; those of all flights when absent
   * @throws Fault UNREACHABLE when the service stops
   */
  open(flightCode?: string): Watch;
  announce(update: FlightUpdate): void;
  /** Ends all watches, those that are still to be opened too. */
  close(): void;
}

/** @param capacity announcements that are kept for a watcher; one that falls further behind is ended */
export function createWatches(capacity: number): Watches {
  const open = new Map<string, Set<Pending>>();
  let size = 0;
  let closed = false;

  function add(wanted: string, pending: Pending): void {
    const others = open.get(wanted);
    if (others) others.add(pending);
    else open.set(wanted, new Set([pending]));
    size += 1;
  }

  function remove(wanted: string, pending: Pending): void {
    const others = open.get(wanted);
    if (!others?.delete(pending)) return;
    size -= 1;
    if (others.size === 0) open.delete(wanted);
  }

  function tell(wanted: string, update: FlightUpdate): void {
    for (const pending of open.get(wanted) ?? []) {
      if (pending.updates.length < capacity) pending.updates.push(update);
      else end(pending, tooSlow());
      pending.wake();
    }
  }

  return {
    get size() {
      return size;
    },
    open(flightCode = ALL) {
      if (closed) throw stopping();
      const pending = createPending();
      add(flightCode, pending);
      return {
        next: (patienceMs, signal) => next(pending, patienceMs, signal),
        close: () => remove(flightCode, pending),
      };
    },
    announce(update) {
      tell(ALL, update);
      tell(update.flightCode, update);
    },
    close() {
      closed = true;
      for (const pending of [...open.values()].flatMap((some) => [...some])) {
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
