import { pause } from '../deadline.js';
import { Fault } from '../fault.js';
import type { Database, Statement } from '../postgres/database.js';
import { type ChangePosition, parseChangeToken, toChangeToken, type WindowPosition } from './change-token.js';
import { takeOwnership } from './database-identity.js';
import { type HistoryTable, type RowPosition, toPageStatement } from './history-table.js';
import { NOTHING, type Snapshot, xmaxOf, xminOf } from './snapshot.js';
import { createSnapshots, type Taken } from './take-snapshot.js';

export interface ChangeFeedOptions<Table extends string> {
  readonly database: Database;
  /** In the order in which a window tells them. */
  readonly tables: Readonly<Record<Table, HistoryTable>>;
  /** Select list of what is counted at each checkpoint: `(select count(*) from flight)::float8 as flights, …`. */
  readonly totals: string;
  /** Aborts when the process begins to stop: then the feeds end. */
  readonly stopped: AbortSignal;
  /** How often a feed that is followed looks for changes, in milliseconds; 500 when absent. */
  readonly pollMs?: number;
  /** How long a feed that is followed may stay silent, in milliseconds; 10,000 when absent. */
  readonly keepAliveMs?: number;
}

/** What somebody wants to be told. */
export interface ChangeRequest {
  /** Of the last message that was dealt with; empty for the first change of all. */
  readonly token: string;
  /** Rows in a message at most. */
  readonly batchSize: number;
  /** Whether to go on after the first checkpoint. */
  readonly follow: boolean;
}

/** Rows of one table, or the end of a window; with what to go on from after it. */
export type FeedMessage<Table extends string, Totals> =
  | {
      readonly kind: 'rows';
      readonly table: Table;
      readonly rows: readonly unknown[];
      readonly token: string;
    }
  | { readonly kind: 'checkpoint'; readonly asOf: Date; readonly totals: Totals; readonly token: string };

/** The changes of a database, for whoever keeps a copy. */
export interface ChangeFeed<Table extends string, Totals> {
  /**
   * Tells every change that was committed after a token once: the rows of each window table by table, then its
   * checkpoint. A window that was told in part is told to its end first, and counts as one with the next.
   *
   * @throws Fault INVALID_CHANGE_TOKEN; CHANGE_TOKEN_LOST when the token is of another database, or of a time that this
   * one has not reached; UNREACHABLE when the process stops; DATABASE_UNAVAILABLE; the signal's reason
   */
  read(
    request: ChangeRequest,
    call: { readonly signal: AbortSignal },
  ): AsyncGenerator<FeedMessage<Table, Totals>>;
}

/** How long one statement may take, in milliseconds; stamping the whole history once is given longer. */
const STATEMENT_MS = 30_000;
const STAMPING_MS = 600_000;
const POLL_MS = 500;
const KEEP_ALIVE_MS = 10_000;

/**
 * Makes the change feed of a database whose changes are appended to history tables.
 *
 * A window is what one snapshot sees and an earlier one does not. Transactions commit in another order than they are
 * numbered in, but each snapshot knows which were running: the late ones are not seen by the first and seen by the second, so
 * none is missed, and a long one holds nothing back but itself.
 */
export function createChangeFeed<Table extends string, Totals>(
  options: ChangeFeedOptions<Table>,
): ChangeFeed<Table, Totals> {
  const { database, totals, stopped, pollMs = POLL_MS, keepAliveMs = KEEP_ALIVE_MS } = options;
  const takeSnapshot = createSnapshots<Totals>(database, totals);
  const names = Object.keys(options.tables) as Table[];
  const histories = names.map((name) => options.tables[name]);
  const pages = names.map((name) => ({ name, statement: toPageStatement(options.tables[name]) }));

  async function take(signal: AbortSignal): Promise<Taken<Totals>> {
    const taken = await takeSnapshot({ deadline: Date.now() + STATEMENT_MS, signal });
    if (taken.own) return taken;
    const tables = histories.map(({ table }) => table);
    await takeOwnership(database, tables, { deadline: Date.now() + STAMPING_MS, signal, commit: true });
    return takeSnapshot({ deadline: Date.now() + STATEMENT_MS, signal });
  }

  async function* rowsOf(
    position: ChangePosition & { within: WindowPosition },
    batchSize: number,
    signal: AbortSignal,
  ) {
    const { identity, after, within } = position;
    for (const [index, { name, statement }] of pages.entries()) {
      if (index < within.table) continue;
      const { changedIn, id } = index === within.table ? within : beforeAll(after);
      const window = { after, upTo: within.upTo, changedIn, id };
      for await (const { rows, last } of pagesOf(database, statement, window, batchSize, signal)) {
        const reached = { upTo: within.upTo, table: index, changedIn: last.changed_in, id: last.change_id };
        const token = toChangeToken({ identity, after, within: reached });
        yield { kind: 'rows', table: name, rows, token } as const;
      }
    }
  }

  async function* read({ token, batchSize, follow }: ChangeRequest, call: { readonly signal: AbortSignal }) {
    const signal = AbortSignal.any([call.signal, stopped]);
    let position = token === '' ? undefined : parseChangeToken(token);
    let silentSince = Number.NEGATIVE_INFINITY;
    for (;;) {
      const taken = await take(signal);
      const { identity, snapshot } = taken;
      if (position) assertKnown(position, taken);
      let after = position?.after ?? NOTHING;
      if (position?.within) {
        yield* rowsOf({ identity, after, within: position.within }, batchSize, signal);
        after = position.within.upTo;
      }
      let told = false;
      if (snapshot !== after)
        for await (const message of rowsOf(
          { identity, after, within: { upTo: snapshot, table: 0, ...beforeAll(after) } },
          batchSize,
          signal,
        )) {
          told = true;
          yield message;
        }
      position = { identity, after: snapshot };
      if (told || performance.now() - silentSince >= keepAliveMs) {
        const { asOf, totals } = taken;
        yield { kind: 'checkpoint', asOf, totals, token: toChangeToken(position) } as const;
        silentSince = performance.now();
      }
      if (!follow) return;
      await pause(pollMs, signal);
      signal.throwIfAborted();
    }
  }

  return {
    async *read(request, call) {
      try {
        yield* read(request, call);
      } catch (error) {
        if (stopped.aborted && !call.signal.aborted) throw stopping(error);
        throw error;
      }
    },
  };
}

interface Window {
  readonly after: Snapshot;
  readonly upTo: Snapshot;
  readonly changedIn: string;
  readonly id: string;
}

/** Reads the rows of a window, each page while the one before is being dealt with. */
async function* pagesOf(
  database: Database,
  statement: Statement,
  { after, upTo, changedIn, id }: Window,
  size: number,
  signal: AbortSignal,
) {
  const ask = (row: RowPosition) =>
    // On the primary alone: a replica that is behind would leave rows out without a word.
    database.query<RowPosition>(statement, [after, upTo, row.changed_in, row.change_id, size], {
      deadline: Date.now() + STATEMENT_MS,
      signal,
      commit: true,
    });
  let coming: Promise<readonly RowPosition[]> | undefined = ask({ changed_in: changedIn, change_id: id });
  try {
    while (coming) {
      const rows: readonly RowPosition[] = await coming;
      const last = rows.at(-1);
      coming = last && rows.length === size ? ask(last) : undefined;
      // Whoever stops here has nobody left to hear of it.
      coming?.catch(() => undefined);
      if (last) yield { rows, last };
    }
  } finally {
    await coming?.catch(() => undefined);
  }
}

/** Before all rows that a window that begins after a snapshot can have. */
function beforeAll(after: Snapshot) {
  return { changedIn: xminOf(after), id: '0' };
}

function assertKnown(position: ChangePosition, { identity, snapshot }: Taken<unknown>): void {
  const reached = position.within?.upTo ?? position.after;
  if (position.identity === identity && xmaxOf(reached) <= xmaxOf(snapshot)) return;
  const message = 'token is of another database than the one that is there now; begin again without one';
  throw new Fault('failed_precondition', 'CHANGE_TOKEN_LOST', message);
}

function stopping(cause: unknown): Fault {
  return new Fault('unavailable', 'UNREACHABLE', 'The service is temporarily unavailable', {}, { cause });
}
