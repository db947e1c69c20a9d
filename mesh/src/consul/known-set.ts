import { type Instance, sameInstances } from './instance.js';

/**
 * What is known of a service's instances. `leaving` are those that Consul no longer lists, kept for a while because
 * too many vanished at once; each falls out by failing to connect if it is really gone.
 */
export interface KnownSet {
  readonly listed: readonly Instance[];
  readonly leaving: readonly Instance[];
  /** When `leaving` is dropped, in milliseconds since the epoch. */
  readonly leavingUntil: number;
}

/** Nothing known yet. */
export const NOTHING_KNOWN: KnownSet = { listed: [], leaving: [], leavingUntil: 0 };

/** How long instances that vanished together are still tried, in milliseconds. */
const LEAVING_MS = 30_000;

/**
 * The set after an answer of Consul's.
 *
 * An empty answer changes nothing: an agent with a bad token, or one that just restarted, says 200 and `[]`, and the
 * last known good set beats none. A set that loses more than half of its instances at once is united with the old
 * one for 30 s, as Envoy's panic threshold would: more likely Consul is wrong than that they all went together.
 */
export function advanceKnown(known: KnownSet, answer: readonly Instance[], now: number): KnownSet {
  if (answer.length === 0) return known;
  const answered = new Set(answer.map(({ id }) => id));
  const gone = known.listed.filter(({ id }) => !answered.has(id));
  const stillLeaving = now < known.leavingUntil ? known.leaving.filter(({ id }) => !answered.has(id)) : [];
  if (gone.length * 2 > known.listed.length) {
    return { listed: answer, leaving: [...stillLeaving, ...gone], leavingUntil: now + LEAVING_MS };
  }
  const leavingUntil = stillLeaving.length === 0 ? 0 : known.leavingUntil;
  if (stillLeaving.length === known.leaving.length && sameInstances(known.listed, answer)) return known;
  return { listed: answer, leaving: stillLeaving, leavingUntil };
}

/** Everything that calls may go to. */
export function usable({ listed, leaving }: KnownSet): readonly Instance[] {
  return leaving.length === 0 ? listed : [...listed, ...leaving];
}
