import type { Statement } from '../postgres/database.js';

/**
 * A table to which every change of something is appended, and what is told of its rows. It has the columns
 * `changed_in xid8 not null default pg_current_xact_id()` and `id bigint generated always as identity`, and the primary key
 * `(changed_in, id)`.
 */
export interface HistoryTable {
  readonly table: string;
  /** A select list, in which `c` is the history's row. */
  readonly columns: string;
  /** What follows `from <table> c`: joins with what never changes, or nothing. */
  readonly joins: string;
}

/** Where a row stands in a history. */
export interface RowPosition {
  readonly changed_in: string;
  readonly change_id: string;
}

/**
 * The next rows of a window by the numbers of their transactions, which need not be the order in which they were made: who took
 * a low number may do something late. What a snapshot sees is fixed for ever once it was taken, so
 * however often and wherever this is asked, a window has the same rows.
 *
 * $1 the snapshot that the window begins after, $2 the one that it ends with, $3 and $4 the row to go on after, $5 how many
 */
export function toPageStatement({ table, columns, joins }: HistoryTable): Statement {
  return {
    name: `changes_of_${table}`,
    text: `
    select c.changed_in::text as changed_in, c.id::text as change_id, ${columns}
      from ${table} c ${joins}
     where (c.changed_in, c.id) > ($3::xid8, $4::bigint)
       and c.changed_in < pg_snapshot_xmax($2::pg_snapshot)
       and not pg_visible_in_snapshot(c.changed_in, $1::pg_snapshot)
       and pg_visible_in_snapshot(c.changed_in, $2::pg_snapshot)
     order by c.changed_in, c.id
     limit $5`,
  };
}
