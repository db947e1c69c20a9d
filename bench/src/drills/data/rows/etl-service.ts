import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, until } from '@flight/local';
import { EtlRunState } from '@flight/proto/etl';
import { toSourceDatabases } from '../../../etl/stack-configs.js';
import { makeChanges } from '../../../generate/changes.js';
import { createRandom } from '../../../generate/random.js';
import { type Outcome, toOutcome } from '../../drill.js';
import { withStack } from '../../with-stack.js';
import type { DataContext, DataDrill } from '../context.js';
import { askRows } from '../etl/ask-rows.js';
import { type EtlSystem, settle, withEtlSystem } from '../etl/etl-system.js';
import { toLagFigures, toLags } from '../etl/lag.js';
import { loadNaively } from '../etl/naive-loader.js';
import { toShared, toSharedBounds } from './etl.js';

/** Runs that have much to do in small pieces, so that whatever is killed has something half-done. */
const IN_PIECES = { ETL_SCHEDULE: '1s', ETL_BATCH: '100', ETL_CHUNK: '200' };
const COUNTS = { 'user-service': 1, 'booking-service': 2, 'etl-service': 2 };
const BULK = 3000;
const BULK_EVERY_MS = 500;
/** A run takes about so long here: what is killed within that time is killed anywhere in it. */
const KILLED_WITHIN_MS = 500;
const KILLS_MIN = 5;
const LOOK_MS = 15;
/** A source that does not answer costs a run less than a second. */
const LAG_MS = 5000;
const BACK_MS = 60_000;
const DOWN_LOOK_MS = 30;
/** Runs that begin so long after the first kill find nobody. */
const DEAD_MS = 500;

const killed: DataDrill = {
  name: 'etl-kill',
  demand: 'kill -9 of the etl-service that loads, again and again: exactly once',
  run: (context) =>
    withStack(IN_PIECES, (bench) => withEtlSystem(bench, (system) => killLoaders(system, context)), {
      counts: COUNTS,
    }),
};

const away: DataDrill = {
  name: 'etl-source-away',
  demand: 'no booking-service: users go on loading (lag p99 ≤ 5 s), runs say so, all is made good',
  run: (context) =>
    withStack(
      { ETL_SCHEDULE: '1s' },
      (bench) => withEtlSystem(bench, (system) => takeSourceAway(system, context)),
      { counts: COUNTS },
    ),
};

/** What happens to etl-service, and to a service that it reads. */
export const ETL_SERVICE_DRILLS: readonly DataDrill[] = [killed, away];

async function killLoaders(system: EtlSystem, context: DataContext): Promise<Outcome> {
  const { stack, etl } = system;
  const bulk = startBulk(stack);
  const untilMs = performance.now() + context.loadSeconds * 1000;
  let kills = 0;
  while (performance.now() < untilMs) {
    const [run] = await etl.list(1).catch(() => []);
    if (run?.state === EtlRunState.RUNNING && run.instance !== '') {
      await pause(Math.random() * KILLED_WITHIN_MS);
      const before = findPid(stack, run.instance);
      if (before === undefined) continue;
      stack.kill(run.instance);
      kills += 1;
      // Its supervisor would wait longer from death to death.
      await stack.restart(run.instance);
    }
    await pause(LOOK_MS);
  }
  const changed = await bulk.stop();
  const again = (await etl.list(1000)).filter(({ attempts }) => attempts > 1).length;
  const outcome = await settle(system, context.report);
  const naive = await loadNaively(await toSourceDatabases(stack), kills);
  return toOutcome(
    {
      acknowledged: changed,
      ...toShared(system, outcome),
      kills,
      'runs gone on with by another': again,
    },
    { 'position stored apart: rows twice': naive },
    [
      ...toSharedBounds(system, outcome),
      [kills >= KILLS_MIN, `${KILLS_MIN} or more were killed over a run`],
      [again > 0, 'some runs were begun by one and ended by another'],
      [naive > 0, 'a loader that stores its position apart loads rows twice'],
    ],
  );
}

async function takeSourceAway(system: EtlSystem, context: DataContext): Promise<Outcome> {
  const { stack, etl } = system;
  await pause(context.loadSeconds * 250);
  const fromMs = performance.now();
  const downAtMs = Date.now() + DEAD_MS;
  const down = keepDown(stack, 'booking-service');
  await pause(context.loadSeconds * 500);
  const during = (await etl.list(100)).filter(({ startTime }) => Number(startTime) > downAtMs);
  await down.stop();
  const backMs = performance.now();
  await stack.untilHealthy();
  await until(
    'a run that succeeds',
    async () => (await etl.list(1).catch(() => []))[0]?.state === EtlRunState.SUCCEEDED,
    BACK_MS,
  );
  const recoveredMs = performance.now() - backMs;
  await pause(context.loadSeconds * 250);
  const outcome = await settle(system, context.report);

  const ended = during.filter(({ state }) => state === EtlRunState.FAILED || state === EtlRunState.SUCCEEDED);
  const told = ended.filter(({ state, parts }) => {
    const bookings = parts.find(({ source }) => source === 'booking-service');
    const users = parts.find(({ source }) => source === 'user-service');
    const saysSo = bookings?.state === EtlRunState.FAILED && bookings.error !== '';
    return state === EtlRunState.FAILED && saysSo && users?.state === EtlRunState.SUCCEEDED;
  });
  const says = told[0]?.parts.map(({ source, error }) => (error === '' ? `${source} is loaded` : error));
  context.report(`a run says: ${says?.join('; ') ?? 'nothing'}`);
  const users = system.sightings.seen.filter(
    ({ kind, sentAtMs }) => kind !== 'booking' && sentAtMs > fromMs && sentAtMs < backMs,
  );
  const figures = toLagFigures(toLags(users, undefined).usual);
  return toOutcome(
    {
      ...toShared(system, outcome),
      ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [`users: ${name}`, value])),
      'runs that say so': told.length,
      'back after ms': Math.round(recoveredMs),
    },
    'none: the other source is what would be hurt',
    [
      ...toSharedBounds(system, outcome),
      [users.length > 0 && (figures['lag p99 ms'] ?? Infinity) <= LAG_MS, 'users go on loading'],
      [
        told.length > 0 && told.length === ended.length,
        'every run says which source failed, and only that one',
      ],
    ],
  );
}

/** Changes by the thousand, so that runs take their time. */
function startBulk(stack: Stack): { stop(): Promise<number> } {
  const random = createRandom(2, 'bulk');
  let running = true;
  let changed = 0;
  const work = async () => {
    const { bookings, users } = await toSourceDatabases(stack);
    const accounts = await askRows<{ id: number }>(users, 'select id::float8 as id from user_account');
    const ids = accounts.map(({ id }) => id);
    while (running) {
      const { booked, canceled, statuses } = await makeChanges(BULK, random, bookings, ids);
      changed += booked + canceled + statuses;
      await pause(BULK_EVERY_MS);
    }
  };
  const working = work();
  return {
    async stop() {
      running = false;
      await working;
      return changed;
    },
  };
}

/** Kills every instance of a service as soon as its supervisor has started it again. */
function keepDown(stack: Stack, service: string): { stop(): Promise<void> } {
  let running = true;
  const work = async () => {
    while (running) {
      for (const { id, pid } of stack.instances.filter((one) => one.service === service))
        if (pid !== undefined) stack.kill(id);
      await pause(DOWN_LOOK_MS);
    }
  };
  const working = work();
  return {
    async stop() {
      running = false;
      await working;
      await Promise.all(
        stack.instances.filter((one) => one.service === service).map(({ id }) => stack.restart(id)),
      );
    },
  };
}

function findPid(stack: Stack, id: string): number | undefined {
  return stack.instances.find((instance) => instance.id === id)?.pid;
}
