import { auditSource } from './audit-source.js';
import { areOffAlike, findDisagreements } from './difference.js';
import { loadSource } from './load-source.js';
import type { PartLog } from './part-log.js';
import { assertAgreed, type RunWork, succeed } from './run-work.js';

/** What is said when figures disagree and no row does: then it is the source that counts wrongly. */
const NO_ROW_DIFFERS = 'no row differs';

/** Loads what changed, and where the figures disagree then, finds out which rows differ. */
export async function runIncremental(work: RunWork): Promise<void> {
  await work.each(async (log) => {
    const { asOf, counts } = await loadSource('live', work.toLoad(log));
    log.note({ kind: 'shown', asOf });
    log.note({ kind: 'counted', counts });
  });
  await explain(work);
  await work.each(async (log) => {
    await assertAgreed(log);
    await succeed(log);
  });
}

async function explain(work: RunWork): Promise<void> {
  const open = new Set<PartLog>();
  await work.each(async (log) => {
    if (findDisagreements(log.part.counts).length > 0 && !(await isKnown(work, log))) open.add(log);
  });
  if (open.size === 0) return;
  await work.tools.warehouse.openShadow(work.run.id, work.signal);
  await work.each(async (log) => {
    if (open.has(log)) await nameRows(work, log);
  });
  await work.tools.warehouse.dropShadow(work.signal);
}

/** What an earlier run found out about the same difference holds: reading everything again would say the same. */
async function isKnown({ run, tools }: RunWork, log: PartLog): Promise<boolean> {
  const earlier = await tools.findReconciled(log.part.source, run);
  if (earlier === undefined || earlier.mismatches.length === 0) return false;
  if (!areOffAlike(earlier.counts, log.part.counts)) return false;
  log.note({ kind: 'differs', mismatches: earlier.mismatches });
  return true;
}

/** That the rows can't be named is told, and takes nothing from the failure that the figures are. */
async function nameRows(work: RunWork, log: PartLog): Promise<void> {
  try {
    const found = await auditSource(work.toLoad(log));
    log.note({ kind: 'differs', mismatches: found.length > 0 ? found : [NO_ROW_DIFFERS] });
  } catch (error) {
    work.signal.throwIfAborted();
    work.tell(log, error);
  }
}
