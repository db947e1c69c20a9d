import { advanceRecords, type FlapRecords, failedSince, isSteady } from './flapping.js';
import type { Instance } from './instance.js';
import type { Sighting } from './sighting.js';

/**
 * What is known of a service's instances. `leaving` are those that Consul no longer calls passing, kept for a while
 * because too many went at once; each falls out by failing to connect if it is really gone.
 */
export interface KnownSet {
  readonly listed: readonly Instance[];
  readonly leaving: readonly Instance[];
  /** When `leaving` is dropped, in milliseconds of the caller's clock. */
  readonly leavingUntil: number;
  readonly records: FlapRecords;
}

/** Nothing known yet. */
export const NOTHING_KNOWN: KnownSet = { listed: [], leaving: [], leavingUntil: 0, records: new Map() };

/** How long instances that went together are still tried, and within what time they count as together, in milliseconds. */
const LEAVING_MS = 30_000;

/**
 * The set after an answer of Consul's.
 *
 * - In maintenance: gone at once, even the last one. An operator said so.
 * - Nobody passes, or the answer is empty: the rest of the last known good set stands, and those that failed one after
 *   another in the last 30 s are back in it. All checks failing together is more often the checker's fault, and an agent
 *   with a bad token, or one that just restarted, says 200 and `[]`.
 * - More than half of the set failing or gone at once: united with the old one for 30 s, as Envoy's panic threshold
 *   would: more likely Consul is wrong than that they all went together.
 * - Else: who fails or left is gone, who passes is taken, unless it flaps (see flapping.ts).
 */
export function advanceKnown(known: KnownSet, answer: readonly Sighting[], now: number): KnownSet {
  if (answer.length === 0) return known;
  const sightings = distinct(answer);
  const records = advanceRecords(known.records, sightings, now);
  const withdrawn = idsOf(sightings, 'maintenance');
  const listed = known.listed.filter(({ id }) => !withdrawn.has(id));
  const leaving = known.leaving.filter(({ id }) => !withdrawn.has(id));
  const passing = sightings.filter(({ health }) => health === 'passing').map(({ instance }) => instance);
  const steady = passing.filter(({ id }) => isSteady(records.get(id), now));
  if (steady.length === 0) {
    const failing = sightings.filter(({ health }) => health === 'failing').map(({ instance }) => instance);
    const fallen = failing.filter(({ id }) => failedSince(records.get(id), now - LEAVING_MS));
    const kept = [...passing, ...without(listed, passing)];
    const all = [...kept, ...without(fallen, kept)];
    return { ...known, listed: all, leaving: without(leaving, all), records };
  }

  const isListed = new Set([...steady, ...listed].map(({ id }) => id));
  const next = passing.filter(({ id }) => isListed.has(id));
  const gone = without(listed, next);
  const stillLeaving = now < known.leavingUntil ? without(leaving, next) : [];
  if (gone.length * 2 > listed.length) {
    const leavingUntil = now + LEAVING_MS;
    return { listed: next, leaving: [...without(stillLeaving, gone), ...gone], leavingUntil, records };
  }
  return { listed: next, leaving: stillLeaving, leavingUntil: known.leavingUntil, records };
}

/** Everything that calls may go to. */
export function usable({ listed, leaving }: KnownSet): readonly Instance[] {
  return leaving.length === 0 ? listed : [...listed, ...leaving];
}

/** Whether the set will change by time alone, without news from Consul. */
export function isUnsettled({ leaving, records }: KnownSet, now: number): boolean {
  if (leaving.length > 0) return true;
  return [...records.values()].some((record) => record.passing && !isSteady(record, now));
}

/** One sighting for each id. An instance that moved to another node is listed twice until its old one is reaped. */
function distinct(sightings: readonly Sighting[]): readonly Sighting[] {
  const best = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const { id } = sighting.instance;
    if (!best.has(id) || sighting.health === 'passing') best.set(id, sighting);
  }
  return [...best.values()];
}

function idsOf(sightings: readonly Sighting[], wanted: Sighting['health']): ReadonlySet<string> {
  return new Set(sightings.filter(({ health }) => health === wanted).map(({ instance }) => instance.id));
}

function without(list: readonly Instance[], others: readonly Instance[]): readonly Instance[] {
  const ids = new Set(others.map(({ id }) => id));
  return list.filter(({ id }) => !ids.has(id));
}
