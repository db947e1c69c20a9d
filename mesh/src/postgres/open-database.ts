import { pause } from '../deadline.js';
import { Fault } from '../fault.js';
import type { Metrics } from '../metrics.js';
import type { Readiness } from '../readiness.js';
import type { Tracer } from '../tracing/tracer.js';
import { toConnectionFault } from './connection-fault.js';
import { createDatabase, type Database } from './database.js';
import { type DatabaseServers, type FollowOptions, followServers } from './database-servers.js';
import { migrate } from './migrate.js';

/** What opening a database needs besides where its servers are. */
export interface OpenDatabaseOptions extends FollowOptions {
  readonly metrics: Metrics;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Folder of migrations to apply; a URL that ends with a slash. */
  readonly migrations: URL | undefined;
  readonly readiness: Readiness;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Told of the servers, which are followed from now on. */
  readonly onServers: (servers: DatabaseServers) => void;
}

const RETRY_MS = 500;

/**
 * Opens a database and brings its schema up to date. However long the database or Consul is away, it waits, and says
 * what for in the log and in /readyz.
 *
 * @throws when the schema can't be brought up to date, or the signal aborts
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { config, log, listed, readiness, signal } = options;
  const part = config.service;
  readiness.waitFor(part, `Consul knows no server of ${part} yet`);
  const servers = followServers(options);
  options.onServers(servers);
  const database = createDatabase(servers, options.metrics, options.tracer);
  const late = setTimeout(
    () => log.warn({ waiting_for: part }, 'waiting for Consul to know the database'),
    2000,
  );
  await listed.known(signal);
  clearTimeout(late);
  await untilAnswering(database, servers, options);
  readiness.ready(part);
  return database;
}

async function untilAnswering(
  database: Database,
  servers: DatabaseServers,
  { config, log, migrations, readiness, signal }: OpenDatabaseOptions,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      await servers.refresh();
      if (migrations === undefined) await database.pool().query('select 1');
      else await migrate(database.pool(), migrations, log);
      return;
    } catch (error) {
      const fault = toConnectionFault(error);
      if (!(fault instanceof Fault)) throw error;
      readiness.waitFor(config.service, `no server of ${config.service} takes writes yet`);
      if (tries % 20 === 0)
        log.warn({ err: fault.cause, waiting_for: config.service }, 'waiting for the database');
      await pause(RETRY_MS, signal);
    }
  }
}
