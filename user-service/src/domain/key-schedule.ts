/** When a key begins to sign. It stops when a later one begins. */
export interface ScheduledKey {
  readonly kid: string;
  /** Milliseconds since the epoch. */
  readonly signsFrom: number;
}

/** How long keys do what, in milliseconds. */
export interface KeySchedule {
  /** How long a key signs. */
  readonly rotationMs: number;
  /** How long a key is published before it signs: longer than anybody remembers an older key set. */
  readonly leadMs: number;
  /** How long a key stays published after it signed last: longer than its tokens are good. */
  readonly retireMs: number;
}

/** Keys, first signer first. */
export function inOrder<K extends ScheduledKey>(keys: Iterable<K>): readonly K[] {
  return [...keys].sort((a, b) => a.signsFrom - b.signsFrom || (a.kid < b.kid ? -1 : 1));
}

/** The key that signs now: the latest that may, or the first when this clock says that none may yet. */
export function signerAt<K extends ScheduledKey>(ordered: readonly K[], now: number): K | undefined {
  return ordered.findLast((key) => key.signsFrom <= now) ?? ordered[0];
}

/** The keys to verify with, the signer first. */
export function publishedAt<K extends ScheduledKey>(
  ordered: readonly K[],
  now: number,
  schedule: KeySchedule,
): readonly K[] {
  const signer = signerAt(ordered, now);
  const others = ordered.filter((key, index) => key !== signer && !isRetired(ordered, index, now, schedule));
  return signer ? [signer, ...others] : [];
}

/** The keys that nobody needs any more. */
export function retiredAt<K extends ScheduledKey>(
  ordered: readonly K[],
  now: number,
  schedule: KeySchedule,
): readonly K[] {
  return ordered.filter((_, index) => isRetired(ordered, index, now, schedule));
}

/** When a key that is made now is to begin to sign, or undefined when it is not time to make one. */
export function dueAt(
  ordered: readonly ScheduledKey[],
  now: number,
  schedule: KeySchedule,
): number | undefined {
  const newest = ordered.at(-1);
  if (!newest) return now;
  const end = newest.signsFrom + schedule.rotationMs;
  return now >= end - schedule.leadMs ? Math.max(end, now + schedule.leadMs) : undefined;
}

function isRetired(
  ordered: readonly ScheduledKey[],
  index: number,
  now: number,
  schedule: KeySchedule,
): boolean {
  const successor = ordered[index + 1];
  return successor !== undefined && successor.signsFrom + schedule.retireMs <= now;
}
