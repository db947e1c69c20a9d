/**
 * A circuit breaker as a value: closed lets calls through and counts failures in a row, open refuses until its
 * cooldown is over, half-open has let one probe through and waits for its outcome.
 *
 * @see Michael Nygard, Release It!, 2nd edition, chapter 5
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number; readonly cooldownMs: number }
  | { readonly state: 'open'; readonly until: number; readonly cooldownMs: number }
  | { readonly state: 'half-open'; readonly cooldownMs: number };

/** What moves a breaker. Neither business answers nor deadlines that a client shortened are failures. */
export type BreakerEvent = 'succeeded' | 'failed' | 'began' | 'abandoned';

/** Failures in a row that open a breaker. */
const FAILURES_TO_OPEN = 5;
/** How long the first opening lasts, in milliseconds; each probe that fails doubles it. */
const COOLDOWN_MIN_MS = 5000;
const COOLDOWN_MAX_MS = 60_000;

/** The breaker of an instance that nothing is known of. */
export const CLOSED: Breaker = { state: 'closed', failures: 0, cooldownMs: COOLDOWN_MIN_MS };

/** Whether a call may go through now. */
export function admits(breaker: Breaker, now: number): boolean {
  switch (breaker.state) {
    case 'closed':
      return true;
    case 'open':
      return now >= breaker.until;
    case 'half-open':
      return false;
  }
}

/**
 * The breaker after an event.
 *
 * A call that succeeds closes the breaker whatever its state: it may have begun before the opening, or been let
 * through because too many others were open. A probe that is abandoned leaves room for another one.
 *
 * @param now milliseconds since the epoch
 */
export function advanceBreaker(breaker: Breaker, event: BreakerEvent, now: number): Breaker {
  switch (event) {
    case 'succeeded':
      return breaker.state === 'closed' && breaker.failures === 0 ? breaker : CLOSED;
    case 'failed':
      return fail(breaker, now);
    case 'began':
      return breaker.state === 'open' && now >= breaker.until
        ? { state: 'half-open', cooldownMs: breaker.cooldownMs }
        : breaker;
    case 'abandoned':
      return breaker.state === 'half-open'
        ? { state: 'open', until: now, cooldownMs: breaker.cooldownMs }
        : breaker;
  }
}

function fail(breaker: Breaker, now: number): Breaker {
  switch (breaker.state) {
    case 'closed': {
      const failures = breaker.failures + 1;
      if (failures < FAILURES_TO_OPEN) return { ...breaker, failures };
      return { state: 'open', until: now + breaker.cooldownMs, cooldownMs: breaker.cooldownMs };
    }
    case 'open':
      return breaker;
    case 'half-open': {
      const cooldownMs = Math.min(COOLDOWN_MAX_MS, breaker.cooldownMs * 2);
      return { state: 'open', until: now + cooldownMs, cooldownMs };
    }
  }
}
