import type { Reached } from './boundary.js';
import { type LoadParts, loadSource } from './load-source.js';
import type { Warehouse } from './warehouse.js';

export interface AuditParts extends LoadParts {
  readonly warehouse: Pick<Warehouse, 'open' | 'compare'>;
  readonly reached: Reached;
}

/**
 * How often live and shadow are brought up and compared. Neither is as of the same moment as the other: a row that was
 * just changed differs, but not each time.
 */
const ROUNDS = 3;

/**
 * Compares the live star with the shadow, which is loaded from the source's first change on.
 *
 * @returns what is wrong with each row that differed in every round
 */
export async function auditSource(parts: AuditParts): Promise<readonly string[]> {
  const { warehouse, log, reached, signal } = parts;
  const { source } = log.part;
  let suspects: ReadonlyMap<string, string> | undefined;
  for (let round = 1; round <= ROUNDS && suspects?.size !== 0; round += 1) {
    const { asOf, counts } = await loadSource('live', parts);
    log.note({ kind: 'shown', asOf });
    log.note({ kind: 'counted', counts });
    await loadSource('shadow', parts);
    const found = await log.step('compare', () => warehouse.compare(source, signal));
    suspects = suspects === undefined ? found : keepCommon(found, suspects);
  }
  await reached('compare.done');
  return [...(suspects ?? new Map<string, string>()).values()];
}

function keepCommon(found: ReadonlyMap<string, string>, earlier: ReadonlyMap<string, string>) {
  return new Map([...found].filter(([key]) => earlier.has(key)));
}
