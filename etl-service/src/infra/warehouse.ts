import type { Database, Logger, Statement } from '@flight/mesh';
import pg from 'pg';
import type { Reached } from '../domain/boundary.js';
import { SOURCES, type Source } from '../domain/source.js';
import type { Warehouse } from '../domain/warehouse.js';
import { compareStars } from './compare-stars.js';
import { createSourceLoad } from './source-load.js';
import type { Analysts } from './star-grants.js';
import { SCHEMA_OF, type StarSchema, tryLoadLock } from './star-schema.js';
import { openSession, type Session } from './star-session.js';
import { dropFormerStars, makeShadow, prepareLive, removeShadow, swapStars } from './star-swap.js';

const READ_FRESHNESS: Statement = {
  name: 'read_freshness',
  text: 'select source, as_of from warehouse.position',
};
/** As long as the lock of the runs is kept for a process that asks nothing any more, in milliseconds. */
const SILENT_MS = 15_000;
/** How long looking up the freshness may take, in milliseconds. */
const FRESHNESS_TIMEOUT_MS = 2000;
/** PostgreSQL's undefined_table and invalid_schema_name. */
const NO_STAR: ReadonlySet<string | undefined> = new Set(['42P01', '3F000']);

/**
 * The warehouse in PostgreSQL: stars in schemas of their own.
 *
 * @param analystRole who is let in to read
 * @param reached told of the boundaries of merges and swaps
 * @param silentMs how long a process that is loading may be silent before another one may take its place
 */
export function createWarehouse(parts: {
  readonly database: Database;
  readonly analystRole: string;
  readonly reached: Reached;
  readonly log: Logger;
  readonly silentMs?: number;
}): Warehouse {
  const { database, analystRole, reached, log, silentMs = SILENT_MS } = parts;
  let missed = false;
  const analysts: Analysts = {
    role: analystRole,
    onMissing() {
      if (!missed)
        log.warn({ role: analystRole }, 'the role of the analysts does not exist: nobody was let in');
      missed = true;
    },
  };

  async function inSession<T>(
    schema: StarSchema,
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await openSession(database, schema, signal);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  return {
    prepare: (signal) =>
      inSession('warehouse', signal, async (session) => {
        const shape = await prepareLive(session, analysts);
        await dropFormerStars(session, log);
        return shape;
      }),

    async open(star, source, signal) {
      const session = await openSession(database, SCHEMA_OF[star], signal);
      try {
        if (await tryLoadLock(session, star, source, silentMs))
          return await createSourceLoad(session, source, reached);
      } catch (error) {
        session.close();
        throw error;
      }
      session.close();
      return undefined;
    },

    openShadow: (runId, signal) =>
      inSession('warehouse_next', signal, (session) => makeShadow(session, runId)),
    swap: (signal) => inSession('warehouse', signal, (session) => swapStars(session, analysts, reached, log)),
    dropShadow: (signal) => inSession('warehouse_next', signal, removeShadow),
    compare: (source, signal) => inSession('warehouse', signal, (session) => compareStars(session, source)),

    async freshness(signal) {
      try {
        const deadline = Date.now() + FRESHNESS_TIMEOUT_MS;
        const rows = await database.query<{ source: string; as_of: Date }>(READ_FRESHNESS, [], {
          deadline,
          signal,
        });
        return new Map(
          SOURCES.flatMap((source): [Source, Date][] =>
            rows.flatMap((row) => (row.source === source ? [[source, row.as_of]] : [])),
          ),
        );
      } catch (error) {
        if (error instanceof pg.DatabaseError && NO_STAR.has(error.code)) return new Map();
        throw error;
      }
    },
  };
}
