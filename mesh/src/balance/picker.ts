import { admits, type Breaker } from './breaker.js';

/** What the picker looks at. */
export interface Candidate {
  readonly id: string;
  readonly breaker: Breaker;
  /** Calls in flight. */
  readonly outstanding: number;
  /** When the oldest call in flight began, in milliseconds since the epoch; undefined when there is none. */
  readonly oldestSince: number | undefined;
}

/** Where a call may go. */
export interface PickOptions {
  /** Only this instance will do. */
  readonly pinned?: string | undefined;
  /** Instances that this call has tried; another one is taken when there is one. */
  readonly tried?: ReadonlySet<string> | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

/** The outcome of a pick. */
export type Pick<C> =
  | { readonly kind: 'picked'; readonly candidate: C }
  | { readonly kind: 'refused'; readonly candidate: C }
  | { readonly kind: 'none' };

/** A call in flight for this long weighs as much as a second call in flight, in milliseconds. */
const AGE_WEIGHT_MS = 50;

/**
 * Chooses an instance: of two taken at random, the one with less to do (Mitzenmacher, The Power of Two Choices in
 * Randomized Load Balancing, 2001), where a call that has been in flight for long weighs more. That is how a frozen
 * instance, which answers nothing and so looks idle to plain counting, stops being chosen before its first deadline.
 *
 * Instances whose breaker is open are passed over unless they are more than half of all: then all are candidates
 * (Envoy's panic threshold), since spreading the load over few would fell those too. A pinned call never panics.
 */
export function pick<C extends Candidate>(candidates: readonly C[], options: PickOptions): Pick<C> {
  const { pinned, tried, now } = options;
  if (pinned !== undefined) {
    const candidate = candidates.find(({ id }) => id === pinned);
    if (candidate === undefined) return { kind: 'none' };
    return { kind: admits(candidate.breaker, now) ? 'picked' : 'refused', candidate };
  }
  const admitted = candidates.filter(({ breaker }) => admits(breaker, now));
  const healthy = admitted.length * 2 >= candidates.length ? admitted : candidates;
  const fresh = tried && tried.size > 0 ? healthy.filter(({ id }) => !tried.has(id)) : healthy;
  const candidate = lessBusyOfTwo(fresh.length > 0 ? fresh : healthy, options);
  return candidate === undefined ? { kind: 'none' } : { kind: 'picked', candidate };
}

function lessBusyOfTwo<C extends Candidate>(
  candidates: readonly C[],
  { now, random }: PickOptions,
): C | undefined {
  const count = candidates.length;
  if (count < 2) return candidates[0];
  const first = Math.floor(random() * count);
  const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
  const [one, other] = [candidates[first], candidates[second]];
  if (one === undefined || other === undefined) return one;
  return burden(other, now) < burden(one, now) ? other : one;
}

function burden({ outstanding, oldestSince }: Candidate, now: number): number {
  return outstanding + (oldestSince === undefined ? 0 : (now - oldestSince) / AGE_WEIGHT_MS);
}
