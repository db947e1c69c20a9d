import type { Database, QueryOptions, Statement } from '../postgres/database.js';
import { IDENTITY } from './database-identity.js';
import { afterOneMore, type Snapshot } from './snapshot.js';

/** A database as it was at one moment. */
export interface Taken<Totals> {
  readonly snapshot: Snapshot;
  /** The moment: not later than the snapshot. */
  readonly asOf: Date;
  readonly identity: string;
  /** Whether the history is stamped with this database's own numbers. */
  readonly own: boolean;
  /** Counted in the snapshot. */
  readonly totals: Totals;
}

interface TakenRow {
  readonly snapshot: Snapshot;
  readonly as_of: Date;
  readonly identity: string;
  readonly own: boolean;
  /** Number of the transaction that was committed above the snapshot, if there had to be one. */
  readonly mark: string | null;
}

/**
 * Takes snapshots that a crash and a failover leave true.
 *
 * Numbers of transactions are not written ahead: a server that falls gives those that it gave to transactions of which
 * nothing was written to disk, or nothing reached the replica that takes over, once more. A token that says "all below 100 are
 * done" would then hide the new transactions 95 to 99. So each snapshot is taken by a transaction that takes a number of its own,
 * above all that the snapshot knows, and is acknowledged like any other write: whatever comes after it gets a higher number.
 * Where nothing has happened since the last one, the last one is answered again, and nothing is written.
 *
 * @param totals select list that is counted in the snapshot
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
export function createSnapshots<Totals>(database: Database, totals: string) {
  const statement: Statement = {
    name: 'take_change_snapshot',
    text: `
    with taken as materialized (
      select pg_current_snapshot() as snapshot, pg_current_snapshot()::text <> $1 as changed
    ), marked as materialized (
      select case when changed then pg_current_xact_id()::text end as mark,
             case when changed then pg_logical_emit_message(true, 'change_feed', '') end as lsn
        from taken
    )
    select taken.snapshot::text as snapshot, statement_timestamp() as as_of, marked.mark,
           ${IDENTITY} as identity,
           exists (select from change_feed_identity where identity = ${IDENTITY}) as own,
           ${totals}
      from taken, marked`,
  };
  let last: { readonly snapshot: Snapshot; readonly ifIdle: Snapshot | undefined } | undefined;

  return async (options: QueryOptions): Promise<Taken<Totals>> => {
    const before = last;
    const rows = await database.query<TakenRow & Totals>(statement, [before?.ifIdle ?? ''], {
      ...options,
      commit: true,
    });
    const [row] = rows;
    if (row === undefined) throw new Error('a statement without a row');
    const { as_of: asOf, identity, own, mark } = row;
    if (mark !== null) last = { snapshot: row.snapshot, ifIdle: afterOneMore(row.snapshot, mark) };
    const snapshot = mark === null && before ? before.snapshot : row.snapshot;
    return { snapshot, asOf, identity, own, totals: row };
  };
}
