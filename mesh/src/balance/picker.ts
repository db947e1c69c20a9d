import { admits, type Breaker } from './breaker.js';

/** What the picker looks at. */
export interface Candidate {
  readonly id: string;
  readonly breaker: Breaker;
  /** Share of the calls that it is to have, relative to the others'; 1 is usual. */
  readonly weight: number;
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
 * Chooses an instance: of two taken at random by weight, the one with less to do (Mitzenmacher, The Power of Two
 * Choices in Randomized Load Balancing, 2001), where a call that has been in flight for long weighs more. That is how
 * a frozen instance, which answers nothing and so looks idle to plain counting, stops being chosen before its first
 * deadline.
 *
 * Instances whose breaker is open are passed over unless they are more than half of all: then all are candidates
 * (Envoy's panic threshold), since spreading the load over few would fell those too. A pinned call never panics.
 */
export function pick<C extends Candidate>(candidates: readonly C[], options: PickOptions): Pick<C> {
  const { pinned, now } = options;
  if (pinned !== undefined) {
    const candidate = candidates.find(({ id }) => id === pinned);
    if (candidate === undefined) return { kind: 'none' };
    return { kind: admits(candidate.breaker, now) ? 'picked' : 'refused', candidate };
  }
  const candidate = lessBusyOfTwo(fresh(healthy(candidates, now), options), options);
  return candidate === undefined ? { kind: 'none' } : { kind: 'picked', candidate };
}

/** Those whose breaker lets a call through, or all when those are fewer than half. No new list in the usual case. */
function healthy<C extends Candidate>(candidates: readonly C[], now: number): readonly C[] {
  let open = 0;
  for (const { breaker } of candidates) if (!admits(breaker, now)) open++;
  if (open === 0 || open * 2 > candidates.length) return candidates;
  return candidates.filter(({ breaker }) => admits(breaker, now));
}

function fresh<C extends Candidate>(candidates: readonly C[], { tried }: PickOptions): readonly C[] {
  if (tried === undefined || tried.size === 0) return candidates;
  const untried = candidates.filter(({ id }) => !tried.has(id));
  return untried.length > 0 ? untried : candidates;
}

function lessBusyOfTwo<C extends Candidate>(
  candidates: readonly C[],
  { now, random }: PickOptions,
): C | undefined {
  if (candidates.length < 2) return candidates[0];
  const total = totalWeight(candidates);
  const one = drawn(candidates, total, undefined, random);
  const other = drawn(candidates, total - (one?.weight ?? 0), one, random);
  if (one === undefined || other === undefined) return one;
  return burden(other, now) < burden(one, now) ? other : one;
}

function totalWeight(candidates: readonly Candidate[]): number {
  let total = 0;
  for (const { weight } of candidates) total += weight;
  return total;
}

/** Draws one by weight, never the one that was drawn before. */
function drawn<C extends Candidate>(
  candidates: readonly C[],
  total: number,
  before: C | undefined,
  random: () => number,
): C | undefined {
  let rest = random() * total;
  let last: C | undefined;
  for (const candidate of candidates) {
    if (candidate === before) continue;
    last = candidate;
    rest -= candidate.weight;
    if (rest < 0) return candidate;
  }
  // What rounding left over.
  return last;
}

function burden({ outstanding, oldestSince, weight }: Candidate, now: number): number {
  return (outstanding + (oldestSince === undefined ? 0 : (now - oldestSince) / AGE_WEIGHT_MS)) / weight;
}
