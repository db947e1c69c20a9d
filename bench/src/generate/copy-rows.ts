import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';

export type Cell = string | number | null;

const PIECE_CHARACTERS = 64 * 1024;

/**
 * Writes rows by COPY, as fast as the server takes them.
 *
 * @param into a table and its columns, `flight (id, price)`
 * @returns how many rows were written
 */
export async function copyRows(
  client: pg.ClientBase,
  into: string,
  rows: Iterable<readonly Cell[]>,
): Promise<number> {
  const writing = client.query(from(`copy ${into} from stdin`));
  await pipeline(Readable.from(toPieces(rows), { objectMode: false }), writing);
  return writing.rowCount;
}

/** COPY's text format. @see https://www.postgresql.org/docs/15/sql-copy.html */
function* toPieces(rows: Iterable<readonly Cell[]>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map(toText).join('\t')}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function toText(cell: Cell): string {
  if (cell === null) return '\\N';
  return typeof cell === 'number' ? String(cell) : cell.replace(/[\\\t\n\r]/g, toEscape);
}

function toEscape(character: string): string {
  switch (character) {
    case '\t':
      return '\\t';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    default:
      return '\\\\';
  }
}

/** Takes ids that no other row will get. */
export async function reserveIds(
  client: pg.ClientBase,
  table: 'flight' | 'user_account',
  count: number,
): Promise<readonly number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence($1, 'id'))::float8 as id from generate_series(1, $2)`,
    [table, count],
  );
  return rows.map(({ id }) => id);
}

/** All of the statements, or none. */
export async function inTransaction<T>(client: pg.ClientBase, body: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await body();
    await client.query('commit');
    return result;
  } catch (error) {
    // The connection may be what failed: then the server has rolled back on its own.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
