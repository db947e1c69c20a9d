import { advanceBreaker, type Breaker, type BreakerEvent, CLOSED } from '../balance/breaker.js';
import type { Candidate } from '../balance/picker.js';
import type { Instance } from '../consul/instance.js';
import { remainingMs } from '../deadline.js';
import type { Lane } from '../lane/lane.js';

/** How an attempt ended, as the breaker sees it. */
export type Verdict = Exclude<BreakerEvent, 'began'>;

/** An attempt that an endpoint counts. Only the first word on it counts. */
export interface CountedAttempt {
  finish(verdict: Verdict): void;
  /**
   * Another instance answered first and this one is not waited for. It goes on counting as in flight, since it may be
   * frozen and would look idle otherwise: until the endpoint answers a later attempt, or until it would have expired,
   * which then gets the verdict.
   *
   * @param until milliseconds since the epoch
   */
  outrun(until: number, verdict: Verdict): void;
}

/** An instance that calls can go to: its lane, its breaker, and what is in flight to it. */
export interface Endpoint extends Candidate {
  readonly instance: Instance;
  readonly lane: Lane;
  /** Counts an attempt in. */
  begin(): CountedAttempt;
  /** Takes over what Consul says of the same instance now, such as another weight. */
  update(instance: Instance): void;
  /**
   * Closes the lane once no call is in flight. Not before: grpc-js fails a call that was made but has not got its stream
   * yet when its channel closes, and on a busy event loop there are always some.
   */
  retire(): void;
}

interface InFlight {
  readonly since: number;
  expiry?: NodeJS.Timeout;
}

/** Makes the endpoint of an instance. `onBreaker` hears of each change of the breaker's state. */
export function createEndpoint(given: Instance, lane: Lane, onBreaker: (breaker: Breaker) => void): Endpoint {
  // Sets keep the order of insertion, so the first one in it is the oldest in flight.
  const inFlight = new Set<InFlight>();
  const outrun = new Set<InFlight>();
  let breaker = CLOSED;
  let instance = given;
  let retired = false;

  function move(event: BreakerEvent): void {
    const next = advanceBreaker(breaker, event, Date.now());
    const changed = next.state !== breaker.state;
    breaker = next;
    if (changed) onBreaker(breaker);
  }

  function drop(entry: InFlight): boolean {
    clearTimeout(entry.expiry);
    outrun.delete(entry);
    const dropped = inFlight.delete(entry);
    if (dropped) closeWhenIdle();
    return dropped;
  }

  function closeWhenIdle(): void {
    if (retired && inFlight.size === 0) lane.close();
  }

  /** Whoever answers is not frozen: what was sent before is no longer held against it. */
  function forgive(answered: InFlight): void {
    for (const entry of outrun) if (entry.since <= answered.since) drop(entry);
  }

  function settle(entry: InFlight, verdict: Verdict): void {
    if (!drop(entry)) return;
    if (outrun.size > 0 && verdict === 'succeeded') forgive(entry);
    move(verdict);
  }

  return {
    id: given.id,
    lane,
    get instance() {
      return instance;
    },
    get weight() {
      return instance.weight ?? 1;
    },
    get breaker() {
      return breaker;
    },
    get outstanding() {
      return inFlight.size;
    },
    get oldestSince() {
      return inFlight.values().next().value?.since;
    },
    begin() {
      const entry: InFlight = { since: Date.now() };
      inFlight.add(entry);
      move('began');
      return {
        finish(verdict) {
          // What the cancelled attempt comes to says nothing: nobody let it finish.
          if (!outrun.has(entry)) settle(entry, verdict);
        },
        outrun(until, verdict) {
          if (!inFlight.has(entry) || outrun.has(entry)) return;
          outrun.add(entry);
          entry.expiry = setTimeout(() => settle(entry, verdict), remainingMs(until)).unref();
        },
      };
    },
    update(next) {
      instance = next;
    },
    retire() {
      retired = true;
      closeWhenIdle();
    },
  };
}
