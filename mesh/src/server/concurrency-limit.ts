/** Below this many calls in flight nothing is refused for the event loop's sake: so few are not what burdens it. */
const FLOOR = 64;
/** A wait that stands longer than this means that more arrives than is worked off, in milliseconds. */
const BEARABLE_MS = 25;
/** How much of the limit a round with a standing wait leaves: the less, the longer the wait. */
const DECREASE_MIN = 0.5;
const DECREASE_MAX = 0.9;
/** Part of the ceiling that a round without trouble gives back: from the floor to the top in 2 to 3 seconds. */
const INCREASE = 1 / 25;

/** What was seen since the limit was last looked at. */
export interface Round {
  /** The shortest wait for the event loop, in milliseconds: shorter than that nobody waited. */
  readonly standingMs: number;
  /** The most calls in flight. */
  readonly peak: number;
}

/** The lowest limit under a ceiling. */
export function lowestLimit(ceiling: number): number {
  return Math.min(FLOOR, ceiling);
}

/**
 * The limit on calls in flight after a round: additive increase, multiplicative decrease. A queue is told from a burst
 * by its minimum over the round, as CoDel does: a single long block, such as a garbage collection, moves nothing.
 *
 * @see Chiu and Jain, Analysis of the Increase and Decrease Algorithms for Congestion Avoidance (1989)
 * @see RFC 8289 (CoDel), section 4.1; Maurer, Fail at Scale, ACM Queue 13 (8), for its use on servers
 */
export function adaptLimit(limit: number, { standingMs, peak }: Round, ceiling: number): number {
  const lowest = lowestLimit(ceiling);
  if (standingMs > BEARABLE_MS) {
    const decrease = Math.min(DECREASE_MAX, Math.max(DECREASE_MIN, BEARABLE_MS / standingMs));
    return Math.max(lowest, Math.floor(Math.min(limit, peak) * decrease));
  }
  return Math.min(ceiling, limit + Math.max(1, Math.ceil(ceiling * INCREASE)));
}
