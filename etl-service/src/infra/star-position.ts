import type { Checkpoint } from '../domain/changes.js';
import type { Source } from '../domain/source.js';
import type { Progress } from '../domain/warehouse.js';
import type { Session } from './star-session.js';

interface StagedRow {
  readonly token: string;
  readonly rows: number;
  readonly as_of: Date | null;
  readonly counts: Readonly<Record<string, number>> | null;
}

/** How far a source is: what is staged, else what is merged. */
export async function readProgress(session: Session, source: Source): Promise<Progress> {
  const [staged] = await session.query<StagedRow>(
    'select token, rows, as_of, counts from stage_position where source = $1',
    [source],
  );
  if (staged) {
    const { token, rows, as_of: asOf, counts } = staged;
    return { token, staged: rows, complete: asOf && counts ? { asOf, counts } : undefined };
  }
  const [merged] = await session.query<{ token: string }>('select token from position where source = $1', [
    source,
  ]);
  return { token: merged?.token ?? '', staged: 0, complete: undefined };
}

export async function writeStaged(
  session: Session,
  source: Source,
  { token, staged, complete }: Progress,
): Promise<void> {
  await session.query(
    `insert into stage_position (source, token, rows, as_of, counts) values ($1, $2, $3, $4, $5)
     on conflict (source) do update
        set token = excluded.token, rows = excluded.rows, as_of = excluded.as_of, counts = excluded.counts`,
    [source, token, staged, complete?.asOf ?? null, complete ? JSON.stringify(complete.counts) : null],
  );
}

export async function clearStaged(session: Session, source: Source): Promise<void> {
  await session.query('delete from stage_position where source = $1', [source]);
}

export async function writePosition(
  session: Session,
  source: Source,
  token: string,
  { asOf }: Checkpoint,
): Promise<void> {
  await session.query(
    `insert into position (source, token, as_of, merged_at) values ($1, $2, $3, now())
     on conflict (source) do update
        set token = excluded.token, as_of = excluded.as_of, merged_at = excluded.merged_at`,
    [source, token, asOf],
  );
}
