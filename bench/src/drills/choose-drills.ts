import type { DrillName } from './drill.js';

/**
 * The drills that were asked for, all without a wish.
 *
 * @throws Error naming those that don't exist
 */
export function chooseDrills<D extends DrillName>(
  drills: readonly D[],
  wishes: readonly string[],
): readonly D[] {
  const names = drills.map(({ name }) => name);
  const unknown = wishes.filter((wish) => !names.includes(wish));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return drills.filter(({ name }) => wishes.length === 0 || wishes.includes(name));
}
