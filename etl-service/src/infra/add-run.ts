import type { Statement, Transaction } from '@flight/mesh';
import type { Mode, Run } from '../domain/run.js';
import { SOURCES } from '../domain/source.js';
import { RUN_COLUMNS, type RunRow, toRun } from './run-rows.js';

const INSERT_RUN: Statement = {
  name: 'insert_etl_run',
  text: `
    with added as (
      insert into etl.run (mode, state, trigger, created_at) values ($1, 'QUEUED', $2, $3) returning id
    ), added_parts as (
      insert into etl.run_part (run_id, source, state)
      select added.id, source, 'QUEUED' from added, unnest($4::text[]) source
    )
    select id from added`,
};

const FIND_QUEUED: Statement = {
  name: 'find_queued_etl_run',
  text: `select ${RUN_COLUMNS} from etl.run r where r.mode = $1 and r.state = 'QUEUED' for update of r`,
};

const FIND_RUN: Statement = {
  name: 'find_etl_run',
  text: `select ${RUN_COLUMNS} from etl.run r where r.id = $1`,
};

/** Whoever queues runs does so one after the other: it is rare and quick. The lock ends with the transaction. */
const LOCK_QUEUE: Statement = {
  name: 'lock_etl_queue',
  text: `select pg_advisory_xact_lock(hashtextextended('etl.run_queue', 0))`,
};

export async function lockQueue(transaction: Transaction): Promise<void> {
  await transaction.query(LOCK_QUEUE, []);
}

/** Adds a run to the queue, or finds the one of its mode that waits there. Needs the queue's lock. */
export async function addRun(
  transaction: Transaction,
  { mode, trigger, now }: { readonly mode: Mode; readonly trigger: string; readonly now: Date },
): Promise<Run> {
  const [queued] = await transaction.query<RunRow>(FIND_QUEUED, [mode]);
  if (queued !== undefined) return toRun(queued);
  const [added] = await transaction.query<{ readonly id: number }>(INSERT_RUN, [mode, trigger, now, SOURCES]);
  const run = added && (await findRun(transaction, added.id));
  if (run === undefined) throw new Error('a run that was added is not there');
  return run;
}

/** @param reader a database's transaction, or its `query` with the options bound */
export async function findRun(reader: Pick<Transaction, 'query'>, id: number): Promise<Run | undefined> {
  const [row] = await reader.query<RunRow>(FIND_RUN, [id]);
  return row && toRun(row);
}
