import { until } from '@flight/local';
import type { Changes, Checkpoint } from '../../../src/domain/changes.js';
import type { Source } from '../../../src/domain/source.js';
import type { Merged, SourceLoad, StarName, Warehouse } from '../../../src/domain/warehouse.js';
import { changes, checkpoint } from './changes.js';

let tokens = 0;

/** A token that no other window of the tests ends with. */
export function nextToken(): string {
  tokens += 1;
  return `token ${tokens}`;
}

/** Opens the loading of a source that nobody else is loading any more. */
export async function openLoad(
  warehouse: Warehouse,
  source: Source,
  star: StarName = 'live',
): Promise<SourceLoad> {
  let load: SourceLoad | undefined;
  // The server may not have noticed yet that the one before has gone.
  await until(`the lock of ${source} is free`, async () => {
    load = await warehouse.open(star, source, UNTIL_DONE);
    return load !== undefined;
  });
  if (load === undefined) throw new Error('unreachable');
  return load;
}

/** Loads one window and merges it. */
export async function loadWindow(
  warehouse: Warehouse,
  source: Source,
  some: Partial<Changes>,
  { star = 'live', end = checkpoint() }: { readonly star?: StarName; readonly end?: Checkpoint } = {},
): Promise<Merged> {
  const load = await openLoad(warehouse, source, star);
  try {
    await load.stage(changes(some), nextToken(), end);
    return await load.merge();
  } finally {
    await load.close();
  }
}

/** A signal that nobody aborts. */
export const UNTIL_DONE: AbortSignal = new AbortController().signal;
