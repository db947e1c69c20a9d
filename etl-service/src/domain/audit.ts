import { auditSource } from './audit-source.js';
import { PartFailure } from './part-failure.js';
import { assertAgreed, type RunWork, succeed } from './run-work.js';

/** Loads everything anew beside what is there, compares the two row by row, and keeps what is there. */
export async function runAudit(work: RunWork): Promise<void> {
  const { warehouse } = work.tools;
  await warehouse.openShadow(work.run.id, work.signal);
  await work.each(async (log) => {
    const found = await auditSource(work.toLoad(log));
    log.note({ kind: 'differs', mismatches: found });
    await assertAgreed(log);
    if (found.length > 0) throw new PartFailure('mismatch', `${found.length} rows differ from their source`);
    await succeed(log);
  });
  await warehouse.dropShadow(work.signal);
}
