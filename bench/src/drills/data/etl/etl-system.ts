import { type Stack, until } from '@flight/local';
import { EtlMode, type EtlRun, EtlRunState } from '@flight/proto/etl';
import type { BenchStack } from '../../../bench-stack.js';
import { describeFailure, type EtlClient, openEtlClient } from '../../../etl/etl-client.js';
import { toOwnerConfig, toSourceDatabases } from '../../../etl/stack-configs.js';
import { generate } from '../../../generate/generate.js';
import { signUp } from '../../../sign-up.js';
import { askRows } from './ask-rows.js';
import { type Comparison, compareRows } from './compare-rows.js';
import { type HighWaterMark, startHighWaterMark } from './high-water-mark.js';
import { type Sightings, watchWarehouse } from './sightings.js';
import { type SourceWriters, startSourceWriters } from './source-writers.js';

/** A system whose sources are written to, whose warehouse is looked at, and a control beside it. */
export interface EtlSystem {
  readonly stack: Stack;
  readonly etl: EtlClient;
  readonly sightings: Sightings;
  readonly writers: SourceWriters;
  readonly control: HighWaterMark;
}

/** What there was to see when everybody had stopped and the warehouse had caught up. */
export interface EtlOutcome {
  readonly comparison: Comparison;
  readonly missedByControl: number;
  /** Of the last run, in words, when it did not succeed. */
  readonly failure: string | undefined;
}

const BOOKERS = 8;
const LATE_FLIGHTS = 2;
const STATUS_FLIGHTS = 200;
const BASE = { flights: 600, bookings: 6000, users: 500, seed: 1 };
const QUIET_MS = 60_000;

/**
 * Begins to write, carries the body out when the first rows of each kind are in the warehouse, and ends all that it began,
 * also when the body fails.
 */
export async function withEtlSystem<T>(
  bench: BenchStack,
  body: (system: EtlSystem) => Promise<T>,
): Promise<T> {
  const system = await openEtlSystem(bench);
  const { etl, sightings, writers, control } = system;
  try {
    const kinds = () => new Set(sightings.seen.map(({ kind }) => kind)).size;
    await until('rows of each kind in the warehouse', () => kinds() === 3, QUIET_MS);
    return await body(system);
  } finally {
    await writers.stop();
    await Promise.all([sightings.stop(), control.close()]);
    await etl.close();
  }
}

async function openEtlSystem({ stack }: BenchStack): Promise<EtlSystem> {
  await generate({ ...BASE, atMs: Date.now() }, await toSourceDatabases(stack));
  const findBookings = () => toOwnerConfig(stack, 'booking-db');
  const findUsers = () => toOwnerConfig(stack, 'user-db');
  const flights = await askRows<{ id: number }>(
    await findBookings(),
    `select id::float8 as id from flight where seats_left >= 50 and flight_code not like 'FL0%' order by id limit ${STATUS_FLIGHTS + LATE_FLIGHTS}`,
  );
  const ids = flights.map(({ id }) => id);
  const tokens: string[] = [];
  for (let number = 0; number < BOOKERS; number++)
    tokens.push(await signUp(stack.edgeUrl, `booker-${number}`));
  const etl = await openEtlClient(stack);
  const sightings = watchWarehouse(await toOwnerConfig(stack, 'warehouse'));
  const control = startHighWaterMark(findBookings, findUsers);
  const writers = startSourceWriters(
    {
      edgeUrls: stack.instances.flatMap(({ httpUrl }) => httpUrl ?? []),
      tokens,
      findBookings,
      findUsers,
      statusFlights: ids.slice(LATE_FLIGHTS),
      lateFlights: ids.slice(0, LATE_FLIGHTS),
    },
    sightings,
  );
  return { stack, etl, sightings, writers, control };
}

/** Stops whoever writes, waits for the warehouse, and compares it with its sources. */
export async function settle(system: EtlSystem, report: (line: string) => void): Promise<EtlOutcome> {
  const { stack, etl, sightings, writers, control } = system;
  await writers.stop();
  const run = await catchUp(etl);
  // What can't be seen now never will be: it counts as missing below.
  await until('the last rows to be seen', () => sightings.waiting === 0, 5000).catch(() => undefined);
  const missedByControl = await control.stop();
  const sources = await toSourceDatabases(stack);
  const comparison = await compareRows(
    { ...sources, warehouse: await toOwnerConfig(stack, 'warehouse') },
    report,
  );
  for (const example of comparison.examples) report(example);
  const failure = run.state === EtlRunState.SUCCEEDED ? undefined : describeFailure(run);
  if (failure !== undefined) report(failure);
  return { comparison, missedByControl, failure };
}

/** A run that begins after everybody has stopped; one that finds a source still away is not the last one. */
async function catchUp(etl: EtlClient): Promise<EtlRun> {
  let run = await etl.run(EtlMode.INCREMENTAL, QUIET_MS);
  const untilMs = performance.now() + QUIET_MS;
  while (run.state !== EtlRunState.SUCCEEDED && performance.now() < untilMs)
    run = await etl.run(EtlMode.INCREMENTAL, QUIET_MS);
  return run;
}
