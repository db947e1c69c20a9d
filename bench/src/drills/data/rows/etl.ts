import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, until } from '@flight/local';
import { type Bound, formatFigures, type Outcome, toOutcome } from '../../drill.js';
import { withStack } from '../../with-stack.js';
import type { DataContext, DataDrill } from '../context.js';
import { type EtlOutcome, type EtlSystem, settle, withEtlSystem } from '../etl/etl-system.js';
import { type Outage, toLagFigures, toLags } from '../etl/lag.js';

const LAG_MS = 5000;
const SCHEDULE = { ETL_SCHEDULE: '1s' };
/** Instances besides the database: the machine is to have CPU to spare. */
const COUNTS = { 'user-service': 2, 'booking-service': 2, 'etl-service': 2, edge: 1 };
const WHOLE_AGAIN_MS = 120_000;
const LONG_ONES_MIN = 6;

/** 16 writers, transactions that commit late, and the loss of booking-db's primary in the middle. */
export const etlDrill: DataDrill = {
  name: 'etl',
  demand: '16 writers, late commits, booking-db fails over: warehouse = sources, lag p99 ≤ 5 s',
  run: (context) =>
    withStack(SCHEDULE, (bench) => withEtlSystem(bench, (system) => failOver(system, context)), {
      size: 'full',
      singleDatabases: ['user-db'],
      counts: COUNTS,
    }),
};

async function failOver(system: EtlSystem, context: DataContext): Promise<Outcome> {
  const { stack, writers } = system;
  await pause(context.loadSeconds * 400);
  const outage = await loseBookingPrimary(stack, system);
  await pause(context.loadSeconds * 600);
  const outcome = await settle(system, context.report);
  const { usual, disturbed } = toLags(system.sightings.seen, outage);
  const usualFigures = toLagFigures(usual);
  context.report(`rows that the failover had a part in: ${formatFigures(toLagFigures(disturbed))}`);
  context.report(`written: ${formatFigures(writers.written)}`);
  return toOutcome(
    {
      'gap ms': Math.round(outage.toMs - outage.fromMs),
      acknowledged: sum(writers.written),
      ...toShared(system, outcome),
      ...usualFigures,
      'long transactions': writers.longOnes,
    },
    { 'updated_at reader: rows read': system.control.read, 'missed or stale': outcome.missedByControl },
    [
      ...toSharedBounds(system, outcome),
      [(usualFigures['lag p99 ms'] ?? Infinity) <= LAG_MS, 'lag p99 ≤ 5 s outside the failover'],
      [writers.longOnes >= LONG_ONES_MIN, 'transactions committed late'],
      [outcome.missedByControl > 0, 'the reader by updated_at misses rows'],
    ],
  );
}

/** @returns from the strike to the first booking that was acknowledged again */
async function loseBookingPrimary(stack: Stack, { writers }: EtlSystem): Promise<Outage> {
  const cluster = stack.patroni('booking-db');
  const { id } = await cluster.primary();
  const fromMs = performance.now();
  await cluster.kill(id, 'node');
  const isTaken = async () => (await cluster.primary().catch(() => undefined))?.id;
  await until(
    'another primary',
    async () => {
      const now = await isTaken();
      return now !== undefined && now !== id;
    },
    WHOLE_AGAIN_MS,
  );
  const takenAtMs = performance.now();
  const findNext = () => writers.bookedAtMs.findLast((atMs) => atMs > takenAtMs);
  await until('a booking after it', () => findNext() !== undefined, WHOLE_AGAIN_MS);
  const toMs = writers.bookedAtMs.find((atMs) => atMs > takenAtMs) ?? performance.now();
  await cluster.start(id);
  await cluster.untilHealthy(WHOLE_AGAIN_MS);
  return { fromMs, toMs };
}

function sum(figures: Readonly<Record<string, number>>): number {
  return Object.values(figures).reduce((total, one) => total + one, 0);
}

/** Figures that every one of these drills shows. */
export function toShared({ sightings }: EtlSystem, { comparison }: EtlOutcome) {
  return {
    lost: comparison.missing,
    'too much': comparison.surplus,
    compared: comparison.compared,
    'never seen': sightings.waiting,
  };
}

/** Bounds that every one of these drills keeps. */
export function toSharedBounds({ sightings }: EtlSystem, { comparison, failure }: EtlOutcome): Bound[] {
  return [
    [comparison.missing === 0, 'no row is missing in the warehouse, or other than at its source'],
    [comparison.surplus === 0, 'no row is there twice, or without being at its source'],
    [sightings.waiting === 0, 'every acknowledged row was seen in the warehouse'],
    [failure === undefined, 'the last run succeeds'],
  ];
}
