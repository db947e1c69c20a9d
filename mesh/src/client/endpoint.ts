import { advanceBreaker, type Breaker, type BreakerEvent, CLOSED } from '../balance/breaker.js';
import type { Candidate } from '../balance/picker.js';
import type { Instance } from '../consul/instance.js';
import type { Lane } from '../lane/lane.js';

/** An instance that calls can go to: its lane, its breaker, and what is in flight to it. */
export interface Endpoint extends Candidate {
  readonly instance: Instance;
  readonly lane: Lane;
  /** Counts an attempt in; the returned function counts it out, once, with its outcome. */
  begin(): (outcome: Exclude<BreakerEvent, 'began'>) => void;
}

/** Makes the endpoint of an instance. `onBreaker` hears of each change of the breaker's state. */
export function createEndpoint(
  instance: Instance,
  lane: Lane,
  onBreaker: (breaker: Breaker) => void,
): Endpoint {
  // A set keeps the order of insertion, so the first one in it is the oldest in flight.
  const inFlight = new Set<{ readonly since: number }>();
  let breaker = CLOSED;

  function move(event: BreakerEvent): void {
    const next = advanceBreaker(breaker, event, Date.now());
    const changed = next.state !== breaker.state;
    breaker = next;
    if (changed) onBreaker(breaker);
  }

  return {
    id: instance.id,
    instance,
    lane,
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
      const entry = { since: Date.now() };
      inFlight.add(entry);
      move('began');
      return (outcome) => {
        if (inFlight.delete(entry)) move(outcome);
      };
    },
  };
}
