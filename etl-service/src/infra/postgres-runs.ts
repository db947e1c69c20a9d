import { type Database, Fault, type QueryOptions, type Statement, type Transaction } from '@flight/mesh';
import type { Reason } from '@flight/proto/reason';
import type { CallLimits } from '../domain/call-limits.js';
import type { Mode, Run } from '../domain/run.js';
import type { RunBook, RunWish } from '../domain/runs.js';
import { addRun, findRun, lockQueue } from './add-run.js';
import { RUN_COLUMNS, type RunRow, toRun } from './run-rows.js';

const FIND_REQUEST: Statement = {
  name: 'find_etl_request',
  text: `select mode, run_id from etl.run_request where requester = $1 and request_id = $2`,
};

const INSERT_REQUEST: Statement = {
  name: 'insert_etl_request',
  text: `insert into etl.run_request (requester, request_id, mode, run_id) values ($1, $2, $3, $4)`,
};

const LIST_RUNS: Statement = {
  name: 'list_etl_runs',
  text: `
    select ${RUN_COLUMNS}
      from etl.run r
     where $1::bigint is null or r.id < $1
     order by r.id desc
     limit $2`,
};

/** The runs in the warehouse's database, as callers see them. */
export function createPostgresRuns(database: Database, now: () => number): RunBook {
  return {
    ask: (wish, limits) =>
      database.transaction((transaction) => ask(transaction, wish, new Date(now())), toWrite(limits)),
    find: (id, limits) =>
      findRun({ query: (statement, values) => database.query(statement, values, toRead(limits)) }, id),
    async list({ size, after }, limits) {
      const rows = await database.query<RunRow>(LIST_RUNS, [after ?? null, size + 1], toRead(limits));
      return rows.map(toRun);
    },
  };
}

async function ask(transaction: Transaction, wish: RunWish, now: Date): Promise<Run> {
  const { mode, requester, requestId } = wish;
  await lockQueue(transaction);
  const [earlier] = await transaction.query<{ readonly mode: Mode; readonly run_id: number }>(FIND_REQUEST, [
    requester,
    requestId,
  ]);
  if (earlier !== undefined && earlier.mode !== mode) throw requestIdReused();
  const known = earlier && (await findRun(transaction, earlier.run_id));
  if (known !== undefined) return known;
  const run = await addRun(transaction, { mode, trigger: requester, now });
  await transaction.query(INSERT_REQUEST, [requester, requestId, mode, run.id]);
  return run;
}

function requestIdReused(): Fault<Reason> {
  return new Fault<Reason>(
    'failed_precondition',
    'REQUEST_ID_REUSED',
    'This request id was used before for a run of another mode',
  );
}

function toRead({ deadline, signal, traceparent }: CallLimits): QueryOptions {
  return { deadline, signal, traceparent };
}

/** Once sent it is carried out, whoever waits. */
function toWrite(limits: CallLimits): QueryOptions {
  return { ...toRead(limits), commit: true };
}
