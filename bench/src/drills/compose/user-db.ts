import { until } from '@flight/local';
import { type Acknowledged, findLongestGapMs } from '../data/acknowledged.js';
import { openRestClient } from '../data/rest-client.js';
import { startUserLoad, type UserLoad } from '../data/user-load.js';
import { toOutcome } from '../drill.js';
import { countFailed, describeFailures } from '../load.js';
import type { ComposeDrill } from './context.js';
import { killFor } from './kill-for.js';
import { findPrimary } from './roles.js';

const RECOVERY_TIMEOUT_MS = 60_000;
/** Acknowledged after the fault before it counts as over. */
const WRITES_AFTER = 200;

/** The primary's container is killed while users subscribe, register and look. */
export const userDbDrill: ComposeDrill = {
  name: 'user-db',
  demand: '0 lost, 0 reads failed, gap <= 15 s',
  async run({ engine, report }) {
    const load = await startUserLoad(engine.edgeUrl);
    const began = performance.now();
    try {
      const primary = await findPrimary(engine, 'user-db');
      report(`kills ${primary}`);
      await killFor(engine, primary, () => {
        const goal = load.acknowledged.length + WRITES_AFTER;
        return until('writes again', () => load.acknowledged.length >= goal, RECOVERY_TIMEOUT_MS);
      });
      report(`${await findPrimary(engine, 'user-db')} leads now`);
    } finally {
      await load.stop();
    }
    const gapMs = findLongestGapMs(load.acknowledged, began, performance.now());
    const lost = await countLost(engine.edgeUrl, load.acknowledged);
    const failed = countFailed(load.reads);
    if (failed > 0) report(describeFailures(load.reads));
    const measured = {
      'gap ms': Math.round(gapMs),
      acknowledged: load.acknowledged.length,
      lost,
      requests: load.reads.length,
      failed,
      'longest ms': Math.round(Math.max(...load.reads.map(({ tookMs }) => tookMs))),
      ...countRegistrations(load),
    };
    return toOutcome(measured, 'drill-data has one', [
      [lost === 0, 'no subscription lost'],
      [failed === 0, 'no read failed'],
      [gapMs <= 15_000, 'writes again within 15 s'],
    ]);
  },
};

function countRegistrations({ registrations }: UserLoad) {
  const refused = registrations.filter(({ status }) => status === 503);
  return {
    registered: registrations.filter(({ status }) => status === 201).length,
    'refused 503': refused.length,
  };
}

/** Acknowledged subscriptions (`sub:<user>:<code>`) that the system does not list any more. */
async function countLost(edgeUrl: string, acknowledged: readonly Acknowledged[]): Promise<number> {
  const client = openRestClient(edgeUrl);
  const stored = new Map<string, ReadonlySet<string>>();
  let lost = 0;
  try {
    for (const { what } of acknowledged) {
      const [kind, user = '', code = ''] = what.split(':');
      if (kind !== 'sub') continue;
      if (!stored.has(user)) {
        const { body } = await client.ask({ method: 'GET', path: `/api/auth/user-subscriptions/${user}` });
        stored.set(user, new Set((body as { readonly flights: readonly string[] }).flights));
      }
      if (!stored.get(user)?.has(code)) lost += 1;
    }
  } finally {
    client.close();
  }
  return lost;
}
