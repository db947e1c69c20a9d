import type { Source } from '../domain/source.js';
import { COMPARED, type ComparedTable } from './compare-tables.js';
import type { Session } from './star-session.js';

/** How many rows are named at most. */
const MOST = 1000;

type Columns = Readonly<Record<string, unknown>>;

/** Compares what the live star and the shadow hold of a source, as of one moment. */
export function compareStars(session: Session, source: Source): Promise<ReadonlyMap<string, string>> {
  return session.transaction(async () => {
    await session.query('set transaction isolation level repeatable read, read only');
    const differences = new Map<string, string>();
    for (const table of COMPARED[source]) {
      const left = MOST - differences.size;
      if (left > 0)
        for (const [key, sentence] of await compareTable(session, table, left))
          differences.set(key, sentence);
    }
    return differences;
  });
}

async function compareTable(
  session: Session,
  { name, rows }: ComparedTable,
  limit: number,
): Promise<[key: string, sentence: string][]> {
  const found = await session.query<{ key: string; live: Columns | null; shadow: Columns | null }>(
    `select coalesce(l.key, s.key)::text as key, to_jsonb(l) as live, to_jsonb(s) as shadow
       from (${rows.replaceAll('$star', 'warehouse')}) as l
       full join (${rows.replaceAll('$star', 'warehouse_next')}) as s on s.key = l.key
      where l is distinct from s
      order by coalesce(l.key, s.key)
      limit ${limit}`,
  );
  return found.map(({ key, live, shadow }) => {
    const row = `${name} ${key}`;
    return [row, `${row}: ${describeDifference(live, shadow)}`];
  });
}

function describeDifference(live: Columns | null, shadow: Columns | null): string {
  if (live === null) return 'missing';
  if (shadow === null) return 'not at the source';
  return Object.keys(live)
    .filter((column) => JSON.stringify(live[column]) !== JSON.stringify(shadow[column]))
    .map((column) => `${column} ${show(live[column])}, source ${show(shadow[column])}`)
    .join('; ');
}

function show(value: unknown): string {
  return value === null ? 'none' : String(value);
}
