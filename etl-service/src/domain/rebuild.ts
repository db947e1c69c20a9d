import { type Loaded, loadSource } from './load-source.js';
import { PartFailure } from './part-failure.js';
import type { PartLog } from './part-log.js';
import { assertAgreed, type RunWork, succeed } from './run-work.js';

/** The first load may take long; the second one takes what was changed meanwhile. */
const LOADS = 2;

/** Loads everything anew beside what is there, and puts it in its place when all of it is there and agrees. */
export async function runRebuild(work: RunWork): Promise<void> {
  const { warehouse } = work.tools;
  const loaded = new Map<PartLog, Loaded>();
  await warehouse.openShadow(work.run.id, work.signal);
  for (let turn = 1; turn <= LOADS; turn += 1) {
    await work.each(async (log) => {
      const { asOf, counts } = await loadSource('shadow', work.toLoad(log));
      loaded.set(log, { asOf, counts });
      log.note({ kind: 'counted', counts });
      await assertAgreed(log);
    });
  }
  if (work.logs.some(({ part }) => part.state === 'FAILED')) return abandon(work);
  let swapped: Promise<void> | undefined;
  const swapOnce = () => {
    swapped ??= warehouse.swap(work.signal);
    return swapped;
  };
  await work.each(async (log) => {
    await log.step('swap', swapOnce);
    log.note({ kind: 'shown', asOf: loaded.get(log)?.asOf ?? new Date(0) });
    await succeed(log);
  });
}

async function abandon(work: RunWork): Promise<void> {
  await work.each(async () => {
    throw new PartFailure('partner', 'Not put in place, since the other source could not be loaded');
  });
  await work.tools.warehouse.dropShadow(work.signal);
}
