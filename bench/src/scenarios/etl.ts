import { EtlMode } from '@flight/proto/etl';
import pg from 'pg';
import type { BenchStack } from '../bench-stack.js';
import { readCount } from '../drills/read-count.js';
import type { Effort } from '../effort.js';
import { openCopySides, toRound } from '../etl/copy-rates.js';
import { type EtlClient, openEtlClient } from '../etl/etl-client.js';
import { toSourceDatabases, toSuperuserConfig } from '../etl/stack-configs.js';
import { checkpoint, type TimedRun, timeRun, toStepSeconds } from '../etl/timed-run.js';
import { makeChanges } from '../generate/changes.js';
import { generate, type SourceDatabases } from '../generate/generate.js';
import { createProgress } from '../generate/progress.js';
import { createRandom, type Random } from '../generate/random.js';
import { type Measurement, type Round, summarize } from '../measurement.js';

/** Runs over some changes, of each size of the warehouse, that count. */
const INCREMENTS = 7;
/** Bookings of a flight, on average. */
const BOOKINGS_A_FLIGHT = 50;
const USERS = 20_000;
const SEED = 6;

interface Parts {
  readonly etl: EtlClient;
  readonly databases: SourceDatabases;
  readonly superuser: pg.ClientConfig;
  readonly random: Random;
}

/**
 * A full load of the warehouse, beside PostgreSQL's own COPY of the rows that came of it; and runs over some changes when
 * the warehouse is small and when it is ten times as large. BENCH_BOOKINGS and BENCH_CHANGES say how many there are.
 */
export async function measureEtl({ stack }: BenchStack, { rounds }: Effort): Promise<readonly Measurement[]> {
  const many = readCount(process.env, 'BENCH_BOOKINGS', 1_000_000, [10_000, 10_000_000]);
  const changes = readCount(process.env, 'BENCH_CHANGES', 10_000, [100, 100_000]);
  const few = Math.round(many / 10);
  const parts: Parts = {
    etl: await openEtlClient(stack),
    databases: await toSourceDatabases(stack),
    superuser: await toSuperuserConfig(stack, 'warehouse'),
    random: createRandom(SEED, 'changes'),
  };
  try {
    await fill(parts, few, SEED);
    await timeRun(parts.etl, EtlMode.REBUILD);
    const small = await measureIncrements(parts, changes, `${changes} changes, ${few} bookings`);
    await fill(parts, many - few, SEED + 1);
    const [full, ...copies] = await measureFullLoads(parts, rounds);
    const large = await measureIncrements(parts, changes, `${changes} changes, ${many} bookings`);
    const [keyed] = copies;
    return [
      { ...full, ratio: full.perSecond / (keyed?.perSecond ?? Number.NaN) },
      ...copies,
      small,
      { ...large, ratio: large.perSecond / small.perSecond },
    ];
  } finally {
    await parts.etl.close();
  }
}

/** Many flights and bookings, a year of them. */
async function fill({ databases }: Parts, bookings: number, seed: number): Promise<void> {
  const flights = Math.ceil(bookings / BOOKINGS_A_FLIGHT);
  const progress = createProgress(process.stdout);
  try {
    await generate({ flights, bookings, users: USERS, seed, atMs: Date.now() }, databases, progress.show);
  } finally {
    progress.end();
  }
}

/** Everything from empty, then the same rows by COPY, in turn: the machine's speed drifts, for all of them alike. */
async function measureFullLoads(
  { etl, superuser }: Parts,
  rounds: number,
): Promise<readonly [Measurement, ...Measurement[]]> {
  const runs: TimedRun[] = [];
  const full: Round[] = [];
  const [keyed, heap]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    await checkpoint([superuser]);
    const run = await timeRun(etl, EtlMode.REBUILD);
    const copy = await openCopySides(superuser);
    try {
      runs.push(run);
      full.push(toRound(copy.rows, run.tookMs));
      keyed.push(await copy.keyed());
      heap.push(await copy.heap());
    } finally {
      await copy.close();
    }
  }
  return [
    { ...summarize('full load', full), stepSeconds: toStepSeconds(findMiddle(runs)) },
    summarize('COPY, keys and indexes as there', keyed),
    summarize('COPY, bare table', heap),
  ];
}

/** Runs over so many changes each. What is there at first was loaded before, and so is the first round's. */
async function measureIncrements(parts: Parts, changes: number, name: string): Promise<Measurement> {
  const { etl, databases, superuser, random } = parts;
  await timeRun(etl, EtlMode.INCREMENTAL);
  const userIds = await listUserIds(databases.users);
  const runs: TimedRun[] = [];
  const rounds: Round[] = [];
  for (let round = 0; round <= INCREMENTS; round++) {
    await makeChanges(changes, random, databases.bookings, userIds);
    await checkpoint([superuser]);
    const run = await timeRun(etl, EtlMode.INCREMENTAL);
    const taken = run.run.parts.reduce((sum, { rows }) => sum + rows, 0);
    if (round === 0) continue;
    runs.push(run);
    rounds.push(toRound(changes, run.tookMs, Math.abs(taken - changes)));
  }
  return { ...summarize(name, rounds), stepSeconds: toStepSeconds(findMiddle(runs)) };
}

async function listUserIds(users: pg.ClientConfig): Promise<readonly number[]> {
  const client = new pg.Client(users);
  try {
    await client.connect();
    const { rows } = await client.query<{ id: number }>('select id::float8 as id from user_account');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

function findMiddle(runs: readonly TimedRun[]): TimedRun {
  const sorted = [...runs].sort((one, other) => one.tookMs - other.tookMs);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}
