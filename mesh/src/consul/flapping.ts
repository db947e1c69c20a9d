import type { Sighting } from './sighting.js';

/** How an instance has fared lately. Times are in milliseconds of the caller's clock. */
export interface FlapRecord {
  readonly passing: boolean;
  /** Since when. */
  readonly since: number;
  /** When it last went from passing to failing, the latest times only. */
  readonly failedAt: readonly number[];
}

/** The records of all instances that Consul lists, by id. */
export type FlapRecords = ReadonlyMap<string, FlapRecord>;

/** So many failures … */
const FAILURES = 3;
/** … within so many milliseconds are flapping: */
const WINDOW_MS = 30_000;
/** then it must pass without a break for so many milliseconds before it is believed. */
const STEADY_MS = 5000;

/**
 * The records after an answer of Consul's. An instance that left or is in maintenance is forgotten: who comes back
 * from there was taken out on purpose and does not flap.
 */
export function advanceRecords(
  records: FlapRecords,
  sightings: readonly Sighting[],
  now: number,
): FlapRecords {
  const next = new Map<string, FlapRecord>();
  for (const { instance, health } of sightings) {
    if (health === 'maintenance') continue;
    next.set(instance.id, advanceRecord(records.get(instance.id), health === 'passing', now));
  }
  return next;
}

function advanceRecord(record: FlapRecord | undefined, passing: boolean, now: number): FlapRecord {
  if (record === undefined) return { passing, since: now, failedAt: [] };
  if (record.passing === passing) return record;
  const failedAt = passing ? record.failedAt : [...record.failedAt, now].slice(-FAILURES);
  return { passing, since: now, failedAt };
}

/**
 * Whether a passing instance is believed: not while it flaps, or each turn would open a channel only to close it. As
 * in BGP's route flap damping, leaving counts at once and coming back has to be earned.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2439
 */
export function isSteady(record: FlapRecord | undefined, now: number): boolean {
  if (record === undefined || !record.passing) return false;
  const recent = record.failedAt.filter((at) => now - at < WINDOW_MS);
  return recent.length < FAILURES || now - record.since >= STEADY_MS;
}

/** Whether an instance has gone from passing to failing since a moment. */
export function failedSince(record: FlapRecord | undefined, since: number): boolean {
  return record?.failedAt.some((at) => at > since) ?? false;
}
