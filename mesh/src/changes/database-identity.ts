import type { Database, QueryOptions, Statement } from '../postgres/database.js';

/**
 * Which database this is: numbers of transactions mean something in one only. A restored dump brings another table, and
 * so another identity, even where it goes back into the database that it came from.
 */
export const IDENTITY = `
  (select system_identifier from pg_control_system())
  || '.' || (select oid from pg_database where datname = current_database())
  || '.' || 'change_feed_identity'::regclass::oid`;

/** Waits for whoever is stamping already. */
const LOCK_IDENTITY: Statement = {
  name: 'lock_change_feed_identity',
  text: 'lock table change_feed_identity in exclusive mode',
};

const IS_OWN: Statement = {
  name: 'is_own_change_feed',
  text: `select exists (select from change_feed_identity where identity = ${IDENTITY}) as own`,
};

const FORGET: Statement = { name: 'forget_change_feed_identity', text: 'delete from change_feed_identity' };

const REMEMBER: Statement = {
  name: 'remember_change_feed_identity',
  text: `insert into change_feed_identity (identity) values (${IDENTITY})`,
};

/**
 * Stamps all history with a number of this database, unless that was done before. What a restored dump brought is stamped
 * with the numbers of another database, or of another time of this one.
 */
export async function takeOwnership(
  database: Database,
  tables: readonly string[],
  options: QueryOptions,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(LOCK_IDENTITY, []);
    const [row] = await transaction.query<{ own: boolean }>(IS_OWN, []);
    if (row?.own) return;
    for (const table of tables)
      await transaction.query(
        { name: `stamp_${table}`, text: `update ${table} set changed_in = pg_current_xact_id()` },
        [],
      );
    await transaction.query(FORGET, []);
    await transaction.query(REMEMBER, []);
  }, options);
}
