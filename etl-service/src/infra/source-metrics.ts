import { performance } from 'node:perf_hooks';
import { type Database, type Statement, withOwnLimits } from '@flight/mesh';
import { Gauge, type Registry } from 'prom-client';
import { findDisagreements } from '../domain/difference.js';
import type { Source } from '../domain/source.js';
import type { Count, Warehouse } from '../domain/warehouse.js';

/** What all runs together say of the sources, whichever instance carried them out. */
interface SourceStates {
  readonly freshness: ReadonlyMap<Source, Date>;
  readonly history: readonly SourceHistory[];
}

interface SourceHistory {
  readonly source: Source;
  /** Of the last reconciliation. */
  readonly counts: readonly Count[] | null;
  /** Seconds since the epoch. */
  readonly succeeded_at: number | null;
}

const SOURCE_HISTORY: Statement = {
  name: 'etl_source_history',
  text: `
    select s.source,
           (select p.counts
              from etl.run_part p
             where p.source = s.source and p.counts <> '[]' and p.state in ('SUCCEEDED', 'FAILED')
             order by p.run_id desc
             limit 1) as counts,
           (select extract(epoch from r.ended_at)::float8
              from etl.run_part p join etl.run r on r.id = p.run_id
             where p.source = s.source and p.state = 'SUCCEEDED' and r.ended_at is not null
             order by p.run_id desc
             limit 1) as succeeded_at
      from (select distinct source from etl.run_part where run_id = (select max(id) from etl.run)) s`,
};

/** Asked for when somebody looks at the metrics, at most so often, in milliseconds. */
const ASK_EVERY_MS = 1000;
const ASK_TIMEOUT_MS = 2000;

/**
 * Shows how fresh the warehouse is and whether it agrees with its sources. While its database is away it shows what it
 * knew: the lag then goes on growing, as it does in truth.
 */
export function exportSources(parts: {
  readonly registry: Registry;
  readonly database: Database;
  readonly warehouse: Pick<Warehouse, 'freshness'>;
  readonly now: () => number;
}): void {
  const { registry, database, warehouse, now } = parts;
  let known: SourceStates = { freshness: new Map(), history: [] };
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    try {
      known = await withOwnLimits(ASK_TIMEOUT_MS, async (limits) => ({
        freshness: await warehouse.freshness(limits.signal),
        history: await database.query<SourceHistory>(SOURCE_HISTORY, [], limits),
      }));
    } catch {
      // The statements' own metric says that they failed.
      return;
    }
  }

  /** All gauges of a scrape show the same state, for which the scrape waits. */
  function refresh(): Promise<void> {
    if (performance.now() - askedAt >= ASK_EVERY_MS) {
      askedAt = performance.now();
      asking = ask();
    }
    return asking;
  }

  function expose(name: string, help: string, show: (set: (source: Source, value: number) => void) => void) {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['source'],
      registers: [registry],
      async collect() {
        await refresh();
        show((source, value) => gauge.set({ source }, value));
      },
    });
  }

  expose('etl_lag_seconds', 'How old what the warehouse has of the source is.', (set) => {
    for (const [source, asOf] of known.freshness) set(source, Math.max(0, now() - asOf.getTime()) / 1000);
  });
  expose(
    'etl_mismatches',
    'Figures on which source and warehouse disagreed when they were last held together.',
    (set) => {
      for (const { source, counts } of known.history) set(source, findDisagreements(counts ?? []).length);
    },
  );
  expose('etl_last_success_timestamp_seconds', 'When a run last succeeded with the source.', (set) => {
    for (const { source, succeeded_at: at } of known.history) if (at !== null) set(source, at);
  });
}
