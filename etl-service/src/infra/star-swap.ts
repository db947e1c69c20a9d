import type { Logger } from '@flight/mesh';
import pg from 'pg';
import type { Reached } from '../domain/boundary.js';
import { createStar, findStar, STAR_VERSION } from './star-ddl.js';
import { type Analysts, grantAnalysts } from './star-grants.js';
import { keepLoadsAway, STARS_LOCK } from './star-schema.js';
import type { Session } from './star-session.js';

/** How long those who still read a former star are waited for; while it waits, nobody else gets at its tables. */
const DROP_PATIENCE = '2s';
/** PostgreSQL's lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Work on the stars themselves, by one process at a time. */
function alone<T>(session: Session, work: () => Promise<T>): Promise<T> {
  return session.transaction(async () => {
    await session.query('select pg_advisory_xact_lock($1)', [STARS_LOCK]);
    return work();
  });
}

/** Makes the live star where there is none, and lets the analysts read it. */
export function prepareLive(session: Session, analysts: Analysts): Promise<'ready' | 'outdated' | 'newer'> {
  return alone(session, async () => {
    const star = await findStar(session, 'warehouse');
    if (star === undefined) await createStar(session, 'warehouse', undefined);
    const version = star?.version ?? STAR_VERSION;
    if (version !== STAR_VERSION) return version < STAR_VERSION ? 'outdated' : 'newer';
    await grantAnalysts(session, 'warehouse', analysts);
    return 'ready';
  });
}

export function makeShadow(session: Session, runId: number): Promise<void> {
  return alone(session, async () => {
    const star = await findStar(session, 'warehouse_next');
    if (star?.version === STAR_VERSION && star.runId === runId) return;
    await keepLoadsAway(session, 'shadow');
    await session.query('drop schema if exists warehouse_next cascade');
    await createStar(session, 'warehouse_next', runId);
  });
}

export function removeShadow(session: Session): Promise<void> {
  return alone(session, async () => {
    await keepLoadsAway(session, 'shadow');
    await session.query('drop schema if exists warehouse_next cascade');
  });
}

/**
 * Renaming takes no lock on any table: who reads goes on with the former star to the statement's end, and the next
 * statement reads the new one.
 */
export async function swapStars(
  session: Session,
  analysts: Analysts,
  reached: Reached,
  log: Logger,
): Promise<void> {
  await reached('swap.before');
  await alone(session, async () => {
    if ((await findStar(session, 'warehouse_next')) === undefined)
      throw new Error('there is no shadow to put in the place of the live star');
    await keepLoadsAway(session, 'live');
    await keepLoadsAway(session, 'shadow');
    const [row] = await session.query<{ old: string }>(
      `select 'warehouse_old_' || pg_current_xact_id() as old`,
    );
    if (row === undefined) throw new Error('a select without from has a row');
    await session.query(`alter schema warehouse rename to ${row.old}`);
    await session.query('alter schema warehouse_next rename to warehouse');
    await grantAnalysts(session, 'warehouse', analysts);
  });
  await reached('swap.renamed');
  await dropFormerStars(session, log);
}

/** Drops stars that were replaced; one that somebody reads for long is left for the next time. */
export async function dropFormerStars(session: Session, log: Logger): Promise<void> {
  const former = await session.query<{ name: string }>(
    String.raw`select nspname as name from pg_namespace where nspname like 'warehouse\_old\_%'`,
  );
  if (former.length === 0) return;
  await session.query(`set lock_timeout = '${DROP_PATIENCE}'`);
  for (const { name } of former)
    try {
      await session.query(`drop schema if exists ${pg.escapeIdentifier(name)} cascade`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
      log.info({ schema: name }, 'a former star is still read: it is dropped later');
    }
}
