import { pause } from '../deadline.js';
import { Fault } from '../fault.js';
import type { Logger } from '../log.js';
import type { Readiness } from '../readiness.js';
import { toConnectionFault } from './connection-fault.js';
import { createDatabase, type Database, type DatabaseOptions } from './database.js';
import { migrate } from './migrate.js';

/** What opening a database needs besides what it is made of. */
export interface OpenDatabaseOptions extends DatabaseOptions {
  /** Folder of migrations to apply; a URL that ends with a slash. */
  readonly migrations: URL | undefined;
  readonly readiness: Readiness;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

const RETRY_MS = 500;

/**
 * Opens a database and brings its schema up to date. However long the database or Consul is away, it waits, and says
 * what for in the log and in /readyz.
 *
 * @throws when the schema can't be brought up to date, or the signal aborts
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { config, log, primaries, readiness, signal } = options;
  const part = config.service;
  readiness.waitFor(part, `Consul knows no healthy ${part} with the tag primary yet`);
  const database = createDatabase(options);
  const late = setTimeout(
    () => log.warn({ waiting_for: part }, 'waiting for Consul to know the database'),
    2000,
  );
  await primaries.known(signal);
  clearTimeout(late);
  await untilAnswering(database, options);
  readiness.ready(part);
  return database;
}

async function untilAnswering(database: Database, options: OpenDatabaseOptions): Promise<void> {
  const { config, log, readiness, signal } = options;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      return await prepare(database, options.migrations, log);
    } catch (error) {
      const fault = toConnectionFault(error);
      if (!(fault instanceof Fault)) throw error;
      readiness.waitFor(config.service, `${config.service} does not answer yet`);
      if (tries % 20 === 0)
        log.warn({ err: fault.cause, waiting_for: config.service }, 'waiting for the database');
      await pause(RETRY_MS, signal);
    }
  }
}

async function prepare(database: Database, migrations: URL | undefined, log: Logger): Promise<void> {
  if (migrations === undefined) await database.pool().query('select 1');
  else await migrate(database.pool(), migrations, log);
}
