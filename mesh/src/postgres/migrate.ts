import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import Postgrator from 'postgrator';
import type { Logger } from '../log.js';

/** The advisory lock that one migrating process holds; a number of no meaning that nothing else uses. */
const LOCK = 7_274_117_001;

/**
 * Brings a database's schema up to date: the files of a folder named `001.do.<what>.sql` that have not been applied
 * yet, in order, all in one transaction, under a lock: however many processes start at once, each file is applied
 * once, and a crash half-way leaves nothing.
 *
 * @throws when a file that was applied has changed since, or a statement fails; nothing is applied then
 */
export async function migrate(pool: Pool, folder: URL, log: Logger): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const postgrator = new Postgrator({
      driver: 'pg',
      migrationPattern: `${fileURLToPath(folder)}*.sql`,
      schemaTable: 'schema_version',
      execQuery: (text) => client.query(text),
      execSqlScript: async (script) => void (await client.query(script)),
    });
    const applied = await postgrator.migrate();
    await client.query('commit');
    for (const { filename } of applied)
      log.info({ migration: filename.replace(/^.*\//, '') }, 'applied a migration');
  } catch (error) {
    await client
      .query('rollback')
      .catch((second: unknown) => log.warn({ err: second }, 'could not roll back'));
    throw error;
  } finally {
    client.release();
  }
}
