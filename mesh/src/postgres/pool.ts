import pg from 'pg';
import type { DatabaseConfig } from '../config/process-config.js';
import type { Instance } from '../consul/instance.js';
import type { Logger } from '../log.js';
import { watchReplication } from './unreplicated.js';

/** How long a connection may take to open, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2000;
/** No statement of ours takes this long; a last resort against one that nobody waits for any more. */
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 60_000;

const { INT8, TIMESTAMP, DATE } = pg.types.builtins;
const asNumber = (text: string) => Number(text);
const asText = (text: string) => text;

/** int8 as number (our ids stay below 2^53); timestamps without zone and dates as text, for they have no instant. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8) return asNumber as never;
    if (oid === TIMESTAMP || oid === DATE) return asText as never;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** How to connect to one server, as the named process. */
export function toConnection(server: Instance, config: DatabaseConfig, instance: string): pg.ClientConfig {
  return {
    host: server.host,
    port: server.port,
    database: config.name,
    user: config.user,
    password: config.password,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: instance,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // A statement whose caller is gone is ended by closing its connection; the server looks this often.
    options: '-c client_connection_check_interval=25ms -c timezone=UTC',
    types,
  };
}

/** Makes a pool of connections to one server. Nothing connects before the first statement. */
export function createPool(server: Instance, config: DatabaseConfig, instance: string, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...toConnection(server, config, instance),
    max: config.poolSize,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
  });
  pool.on('connect', (client) => {
    // The pool does not listen to a connection that is lent out, whose statement rejects with the same error; unheard,
    // the event would end the process.
    client.on('error', () => undefined);
    watchReplication(client);
  });
  // An idle connection that breaks is replaced by the next statement; unheard, its error would end the process.
  pool.on('error', (error) => log.warn({ err: error, database: config.service }, 'an idle connection broke'));
  return pool;
}
