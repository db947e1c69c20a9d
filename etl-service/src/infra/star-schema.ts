import type { Source } from '../domain/source.js';
import type { StarName } from '../domain/warehouse.js';
import type { Session } from './star-session.js';

/** Where the stars are. */
export type StarSchema = 'warehouse' | 'warehouse_next';

export const SCHEMA_OF: Readonly<Record<StarName, StarSchema>> = {
  live: 'warehouse',
  shadow: 'warehouse_next',
};

/** The advisory lock that whoever makes, swaps or drops a star holds until its transaction ends. */
export const STARS_LOCK = 7_274_117_010;

/** The advisory locks of loads: numbers of no meaning that nothing else uses. */
const LOAD_LOCK: Readonly<Record<StarName, Readonly<Record<Source, number>>>> = {
  live: { 'booking-service': 7_274_117_011, 'user-service': 7_274_117_012 },
  shadow: { 'booking-service': 7_274_117_013, 'user-service': 7_274_117_014 },
};

/**
 * Takes the lock of a load for as long as the session lasts. Who had it and has been silent for long is frozen or cut off:
 * its connection is ended, and who asks again gets the lock.
 *
 * @param silentMs how long a connection may do nothing while it holds the lock
 */
export async function tryLoadLock(
  session: Session,
  star: StarName,
  source: Source,
  silentMs: number,
): Promise<boolean> {
  const lock = LOAD_LOCK[star][source];
  const [row] = await session.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [lock]);
  if (row?.held === true) return true;
  await session.query(
    `select pg_terminate_backend(a.pid)
       from pg_locks l
       join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) + l.objid::bigint = $1
        and a.state in ('idle', 'idle in transaction')
        and a.state_change < clock_timestamp() - make_interval(secs => $2)`,
    [lock, silentMs / 1000],
  );
  return false;
}

/** Waits until nobody loads a star, and keeps loads away until the transaction ends. */
export async function keepLoadsAway(session: Session, star: StarName): Promise<void> {
  for (const lock of Object.values(LOAD_LOCK[star]))
    await session.query('select pg_advisory_xact_lock($1)', [lock]);
}
