import { type Database, type Statement, type Transaction, withOwnLimits } from '@flight/mesh';
import {
  isUneventful,
  type Mode,
  OWN_WISH,
  outcomeOf,
  type Run,
  type RunPart,
  SCHEDULE,
} from '../domain/run.js';
import { type Outlook, type RunJournal, RunLost } from '../domain/runs.js';
import type { Source } from '../domain/source.js';
import { addRun, findRun, lockQueue } from './add-run.js';
import { PART_JSON, type PartJson, toPart } from './run-rows.js';

/** How long a statement, or a few together, may take, in milliseconds. */
const TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;
const KEEP_UNEVENTFUL_MS = DAY_MS;
const KEEP_MS = 90 * DAY_MS;
/** Runs that are dropped at a time: what is left is dropped the next time. */
const PRUNE_MAX = 5000;

const LOOK: Statement = {
  name: 'look_for_etl_runs',
  text: `
    select (select count(*) from etl.run where state in ('QUEUED', 'RUNNING')) as open,
           (select started_at from etl.run where started_at is not null order by id desc limit 1) as begun_at`,
};

/** What has begun goes before what waits. */
const BEGIN_OLDEST: Statement = {
  name: 'begin_etl_run',
  text: `
    update etl.run
       set state = 'RUNNING', instance = $2, started_at = coalesce(started_at, $3), attempts = attempts + 1
     where id = (select id from etl.run
                  where state in ('QUEUED', 'RUNNING') and mode = any ($1::text[])
                  order by state = 'QUEUED', id
                  limit 1)
    returning id`,
};

/** The join is the fence: who has lost the run to another process changes nothing. */
const STORE_PART: Statement = {
  name: 'store_etl_part',
  text: `
    update etl.run_part p
       set state = $4, step = $5, rows = $6, steps = $7, as_of = $8, counts = $9, error = $10, mismatches = $11
      from etl.run r
     where p.run_id = $1 and p.source = $3 and r.id = p.run_id and r.attempts = $2 and r.state = 'RUNNING'
    returning p.run_id`,
};

const END_RUN: Statement = {
  name: 'end_etl_run',
  text: `
    update etl.run set state = $3, ended_at = $4, uneventful = $5
     where id = $1 and attempts = $2 and state = 'RUNNING'
    returning id`,
};

const FIND_RECONCILED: Statement = {
  name: 'find_reconciled_etl_part',
  text: `
    select ${PART_JSON} as part
      from etl.run_part p
     where p.source = $1 and p.run_id < $2 and p.counts <> '[]'
     order by p.run_id desc
     limit 1`,
};

const PRUNE: Statement = {
  name: 'prune_etl_runs',
  text: `
    delete from etl.run
     where id in (select id from etl.run
                   where (uneventful and ended_at < $1) or (not uneventful and ended_at < $2)
                   limit $3)`,
};

/** The runs in the warehouse's database, as the process that carries them out sees them. */
export function createRunJournal(database: Database, instance: string, now: () => number): RunJournal {
  const query = <Row>(statement: Statement, values: readonly unknown[]) =>
    withOwnLimits(TIMEOUT_MS, (limits) =>
      database.query<Row>(statement, values, { ...limits, commit: true }),
    );
  const transaction = <T>(work: (transaction: Transaction) => Promise<T>) =>
    withOwnLimits(TIMEOUT_MS, (limits) => database.transaction(work, { ...limits, commit: true }));

  async function begin(inside: Transaction, modes: readonly Mode[]): Promise<Run | undefined> {
    const values = [modes, instance, new Date(now())];
    const [begun] = await inside.query<{ readonly id: number }>(BEGIN_OLDEST, values);
    return begun && findRun(inside, begun.id);
  }

  return {
    look: () => look(query),
    beginOldest: (modes) => transaction((inside) => begin(inside, modes)),
    beginScheduled: () =>
      transaction(async (inside) => {
        await lockQueue(inside);
        await addRun(inside, { mode: 'INCREMENTAL', trigger: SCHEDULE, now: new Date(now()) });
        const run = await begin(inside, ['INCREMENTAL']);
        if (run === undefined) throw new Error('a run that was queued could not be begun');
        return run;
      }),
    queueOwn: (mode) =>
      transaction(async (inside) => {
        await lockQueue(inside);
        await addRun(inside, { mode, trigger: OWN_WISH, now: new Date(now()) });
      }),
    storePart: async (run, part) => assertOurs(run, await query(STORE_PART, toValues(run, part))),
    end: (run, parts) =>
      transaction(async (inside) => {
        for (const part of parts) assertOurs(run, await inside.query(STORE_PART, toValues(run, part)));
        const values = [run.id, run.attempts, outcomeOf(parts), new Date(now()), isUneventful(run, parts)];
        assertOurs(run, await inside.query(END_RUN, values));
      }),
    findReconciled: async (source, before) => findReconciled(query, source, before),
    async prune() {
      const limits = [KEEP_UNEVENTFUL_MS, KEEP_MS].map((keptMs) => new Date(now() - keptMs));
      await query(PRUNE, [...limits, PRUNE_MAX]);
    },
  };
}

type Query = Transaction['query'];

async function look(query: Query): Promise<Outlook> {
  const [row] = await query<{ readonly open: number; readonly begun_at: Date | null }>(LOOK, []);
  return { open: row?.open ?? 0, begunAt: row?.begun_at ?? undefined };
}

async function findReconciled(query: Query, source: Source, before: Run): Promise<RunPart | undefined> {
  const [row] = await query<{ readonly part: PartJson }>(FIND_RECONCILED, [source, before.id]);
  return row && toPart(row.part);
}

function toValues({ id, attempts }: Run, part: RunPart): readonly unknown[] {
  return [
    id,
    attempts,
    part.source,
    part.state,
    part.step,
    part.rows,
    JSON.stringify(part.steps),
    part.asOf ?? null,
    JSON.stringify(part.counts),
    part.error,
    part.mismatches,
  ];
}

function assertOurs(run: Run, changed: readonly unknown[]): void {
  if (changed.length === 0) throw new RunLost(`another process carries out run ${run.id}`);
}
