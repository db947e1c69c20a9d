import type { Count } from './warehouse.js';

/** The figures on which source and warehouse disagree. */
export function findDisagreements(counts: readonly Count[]): readonly Count[] {
  return counts.filter(({ source, warehouse }) => source !== warehouse);
}

/** Whether two reconciliations are off by the same: what was found out about the one then holds for the other. */
export function areOffAlike(one: readonly Count[], other: readonly Count[]): boolean {
  return describeOffsets(one) === describeOffsets(other);
}

export function describeDisagreements(counts: readonly Count[]): string {
  return findDisagreements(counts)
    .map(({ name, source, warehouse }) => `${name} ${source} at the source, ${warehouse} in the warehouse`)
    .join('; ');
}

function describeOffsets(counts: readonly Count[]): string {
  const offsets = findDisagreements(counts).map(({ name, source, warehouse }) => [name, warehouse - source]);
  return JSON.stringify(offsets.toSorted());
}
