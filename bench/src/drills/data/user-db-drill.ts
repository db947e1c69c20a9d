import { type PatroniNode, until } from '@flight/local';
import { type Outcome, toOutcome } from '../drill.js';
import { countFailed, describeFailures } from '../load.js';
import { findLongestGapMs, findLost } from './acknowledged.js';
import type { DataContext, DataDrill } from './context.js';
import { type FixedClient, startFixedClient } from './fixed-client.js';
import { readStoredWrites } from './stored-writes.js';
import { type TrioSystem, withTrioSystem } from './trio-system.js';
import type { FurtherControl, UserDbFault } from './user-db-fault.js';
import { type Registration, startUserLoad, type UserLoad } from './user-load.js';

const WATCHED_LONGER_MS = 5000;
const WHOLE_AGAIN_MS = 120_000;
/** An edge gives a registration 3 s, and some time on the way. */
const REFUSED_WITHIN_MS = 3500;
const LOST_SHOWN = 20;

/** The drill of one fault. */
export function toUserDbDrill(fault: UserDbFault): DataDrill {
  return {
    name: fault.name,
    demand: fault.demand,
    async run(context) {
      const outcome = await withTrioSystem(fault.options ?? {}, (system) =>
        strikeUnderLoad(fault, system, context),
      );
      const further = await fault.furtherControl?.(context);
      return further === undefined ? outcome : withControl(outcome, further);
    },
  };
}

function withControl(outcome: Outcome, { figures, bounds }: FurtherControl): Outcome {
  const { measured, control, missed } = outcome;
  const both = typeof control === 'string' ? figures : { ...control, ...figures };
  return { measured, control: both, missed: [...missed, ...toOutcome({}, {}, bounds).missed] };
}

async function strikeUnderLoad(
  fault: UserDbFault,
  system: TrioSystem,
  context: DataContext,
): Promise<Outcome> {
  const load = await startUserLoad(system.edgeUrl);
  try {
    const watched = await watchFault(fault, system, context);
    const [reads, registrations] = [[...load.reads], [...load.registrations]];
    const unprotectedGapMs = await measureUnprotected(fault, system, load);
    await load.stop();
    const leader = await system.cluster.primary();
    const lost = findLost(load.acknowledged, await readStoredWrites(system.toConfig(leader.pgPort)));
    context.report(`${watched.primary} was the primary, ${leader.id} is`);
    const controlGapMs = unprotectedGapMs ?? watched.fixedGapMs;
    return judge(fault, { load, reads, registrations, lost, controlGapMs, ...watched }, context);
  } finally {
    await load.stop();
  }
}

/** When it happened, on this process's clock, and to whom. */
interface Watched {
  readonly struckAtMs: number;
  readonly watchedUntilMs: number;
  /** Who was the primary before. */
  readonly primary: string;
  /** The longest time that the fixed client had no write acknowledged; 0 where there is none. */
  readonly fixedGapMs: number;
}

/** Strikes, watches, and makes the cluster whole again. */
async function watchFault(fault: UserDbFault, system: TrioSystem, context: DataContext): Promise<Watched> {
  const primary = await system.cluster.primary();
  const fixed = await openFixed(fault, system, primary);
  try {
    const struckAtMs = performance.now();
    await fault.strike(system, primary);
    const watchMs = fault.watchMs?.(context) ?? fault.gapMs + WATCHED_LONGER_MS;
    const isOver = () => performance.now() - struckAtMs >= watchMs;
    await until('the end of the fault', isOver, watchMs + WHOLE_AGAIN_MS);
    const watchedUntilMs = performance.now();
    const fixedGapMs = fixed ? findLongestGapMs(fixed.acknowledged, struckAtMs, watchedUntilMs) : 0;
    await fault.repair?.(system, primary);
    await system.cluster.untilHealthy(WHOLE_AGAIN_MS);
    return { struckAtMs, watchedUntilMs, primary: primary.id, fixedGapMs };
  } finally {
    await fixed?.stop();
  }
}

/** Everything that was seen of a fault. */
interface Seen extends Watched {
  readonly load: UserLoad;
  /** Those of the fault, without the ones of the control; so the next one. */
  readonly reads: UserLoad['reads'];
  readonly registrations: UserLoad['registrations'];
  readonly lost: readonly string[];
  readonly controlGapMs: number;
}

function judge(fault: UserDbFault, seen: Seen, { report }: DataContext): Outcome {
  const { load, reads, lost, controlGapMs } = seen;
  const gapMs = findLongestGapMs(load.acknowledged, seen.struckAtMs, seen.watchedUntilMs);
  const refused = seen.registrations.filter(({ status }) => status !== 201);
  const badly = refused.filter((one) => !isRefusedWell(one));
  const readsFailed = countFailed(reads);
  report(`reads: ${describeFailures(reads)}`);
  report(`registrations refused: ${describeFailures(refused.map(toFailure))}`);
  const others = [...load.refusals].map(([why, count]) => `${count} × ${why}`).join('; ');
  report(`subscriptions refused, those of the control too: ${others || 'none'}`);
  if (lost.length > 0) report(`lost: ${lost.slice(0, LOST_SHOWN).join(', ')}`);
  const without = fault.control.kind === 'unprotected' ? fault.control.without : 'one address for ever';
  return toOutcome(
    {
      'gap ms': Math.round(gapMs),
      acknowledged: load.acknowledged.length,
      lost: lost.length,
      'reads failed': readsFailed,
      'longest read ms': Math.round(Math.max(...reads.map(({ tookMs }) => tookMs))),
      'writes refused': refused.length,
      'refused badly': badly.length,
    },
    { [`${without}: gap ms`]: Math.round(controlGapMs) },
    [
      [gapMs <= fault.gapMs, `no gap longer than ${fault.gapMs} ms`],
      [lost.length === 0, 'no acknowledged write is lost'],
      [readsFailed === 0, 'no read fails'],
      [badly.length === 0, 'a write that is refused is answered 503 with Retry-After, in time'],
      [controlGapMs > fault.gapMs, `the control (${without}) has a longer gap`],
    ],
  );
}

function openFixed(
  { control }: UserDbFault,
  system: TrioSystem,
  primary: PatroniNode,
): Promise<FixedClient> | undefined {
  if (control.kind !== 'fixed address') return undefined;
  return startFixedClient(system.toConfig(primary.pgPort), control.reconnects);
}

async function measureUnprotected(
  { control }: UserDbFault,
  system: TrioSystem,
  load: UserLoad,
): Promise<number | undefined> {
  if (control.kind !== 'unprotected') return undefined;
  const fromMs = performance.now();
  await control.strike(system, await system.cluster.primary());
  const toMs = performance.now();
  await system.cluster.untilHealthy(WHOLE_AGAIN_MS);
  return findLongestGapMs(load.acknowledged, fromMs, toMs);
}

function isRefusedWell({ status, hasRetryAfter, tookMs }: Registration): boolean {
  return status === 503 && hasRetryAfter && tookMs <= REFUSED_WITHIN_MS;
}

function toFailure({ status, hasRetryAfter, tookMs }: Registration): { readonly failure: string } {
  const retry = hasRetryAfter ? ' with Retry-After' : '';
  const late = tookMs > REFUSED_WITHIN_MS ? ' too late' : '';
  return { failure: `${status}${retry}${late}` };
}
