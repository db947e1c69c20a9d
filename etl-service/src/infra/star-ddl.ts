import { readFile } from 'node:fs/promises';
import type { Source } from '../domain/source.js';
import type { StarSchema } from './star-schema.js';
import type { Session } from './star-session.js';

/**
 * The shape of the star. Raised with every change to star/*.sql: a star of an earlier version is not altered, but
 * rebuilt.
 */
export const STAR_VERSION = 1;

/** What is in a star, in the order in which it is made. */
export const STAR_FILES = [
  '1-totals.sql',
  '2-dimensions.sql',
  '3-facts.sql',
  '4-loading.sql',
  '5-views.sql',
] as const;

/** What is made of a source's facts once its first window is in. */
export const SEAL_FILES: Readonly<Record<Source, string>> = {
  'booking-service': 'seal-booking-service.sql',
  'user-service': 'seal-user-service.sql',
};

export function readStarFile(name: string): Promise<string> {
  return readFile(new URL(`../../../star/${name}`, import.meta.url), 'utf8');
}

/**
 * Makes an empty star in a schema of its own, inside the transaction that is open.
 *
 * @param runId the run that builds it; undefined for the live one
 */
export async function createStar(
  session: Session,
  schema: StarSchema,
  runId: number | undefined,
): Promise<void> {
  await session.query(`create schema if not exists ${schema}`);
  await session.query(`set local search_path = ${schema}`);
  for (const name of STAR_FILES) await session.query(await readStarFile(name));
  await session.query('insert into star_version (version, run_id) values ($1, $2)', [STAR_VERSION, runId]);
}

/** Makes the keys and triggers of a source's facts. */
export async function sealStar(session: Session, source: Source): Promise<void> {
  await session.query(await readStarFile(SEAL_FILES[source]));
}

/** What a star says of itself; undefined when there is none. */
export async function findStar(
  session: Session,
  schema: StarSchema,
): Promise<{ readonly version: number; readonly runId: number | undefined } | undefined> {
  const [there] = await session.query<{ is: boolean }>(
    `select to_regclass('${schema}.star_version') is not null as is`,
  );
  if (!there?.is) return undefined;
  const [row] = await session.query<{ version: number; run_id: number | null }>(
    `select version, run_id from ${schema}.star_version`,
  );
  return row && { version: row.version, runId: row.run_id ?? undefined };
}
