import type { History } from './flight-updates.js';

/**
 * The first number, from `next` on, that a flight's history can still give: `next` itself, unless the history was
 * trimmed beyond it, or has not come that far (then whoever asked for it knows something that isn't so).
 *
 * @param history what was listed from `next` on
 */
export function findResumePoint(next: number, { updates, position }: History): number {
  const [first] = updates;
  if (first !== undefined) return first.sequence;
  const { oldest, latest } = position;
  // An update may be stored between the reading of the list and that of the position: it is not lost, only not listed.
  if (oldest > 0 && latest >= next) return Math.max(oldest, next);
  return latest + 1;
}
