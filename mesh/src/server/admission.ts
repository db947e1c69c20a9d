import { Fault } from '../fault.js';
import { adaptLimit, lowestLimit } from './concurrency-limit.js';
import type { Unary } from './handler.js';
import { createLoopWatch } from './loop-watch.js';

/** Decides which unary calls a server begins. */
export interface Admission {
  /** Calls that were let in and have not ended. */
  readonly inFlight: number;
  /** How many may be in flight now. */
  readonly limit: number;
  /** Lets a call in. @throws Fault OVERLOADED, at once, when the server has as many calls as it can bear */
  enter(method: string): void;
  /** Lets a call out. */
  leave(): void;
  close(): void;
}

/** What admission is made with. */
export interface AdmissionOptions {
  /** Calls in flight at most, whatever else is said for more. */
  readonly ceiling: number;
  /** Hears of each call that is refused. */
  readonly onShed: (method: string) => void;
}

/** When a refused caller may come back, in milliseconds: a round or two of the limit. */
const RETRY_AFTER_MS = 250;

/**
 * Makes an admission. Its limit starts at the ceiling, sinks while the event loop can't keep up, and rises again
 * afterwards. The loop is watched only while there are calls enough to refuse. Fullness is told as RESOURCE_EXHAUSTED, which no breaker counts.
 */
export function createAdmission({ ceiling, onShed }: AdmissionOptions): Admission {
  const lowest = lowestLimit(ceiling);
  // Made once: under a flood, the stack trace of each would cost more than the rest of refusing.
  const full = overloaded();
  let limit = ceiling;
  let inFlight = 0;
  let peak = 0;

  const watch = createLoopWatch((standingMs) => {
    limit = adaptLimit(limit, { standingMs, peak }, ceiling);
    peak = inFlight;
    if (limit === ceiling && inFlight <= lowest) watch.stop();
  });

  return {
    get inFlight() {
      return inFlight;
    },
    get limit() {
      return limit;
    },
    enter(method) {
      if (inFlight >= limit) {
        onShed(method);
        throw full;
      }
      inFlight += 1;
      if (inFlight > peak) peak = inFlight;
      if (inFlight > lowest) watch.start();
    },
    leave() {
      inFlight -= 1;
    },
    close: () => watch.stop(),
  };
}

/** The handler with admission before it. */
export function withAdmission(admission: Admission, method: string, handler: Unary): Unary {
  return async (request, call) => {
    admission.enter(method);
    try {
      return await handler(request, call);
    } finally {
      admission.leave();
    }
  };
}

function overloaded(): Fault {
  const message = 'Too many calls at this moment. Try again soon.';
  return new Fault('resource_exhausted', 'OVERLOADED', message, {}, { retryAfterMs: RETRY_AFTER_MS });
}
