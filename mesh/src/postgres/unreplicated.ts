import type { ClientBase } from 'pg';
import { databaseUnavailable } from './connection-fault.js';

const unreplicated = new WeakSet<ClientBase>();

/**
 * Listens for PostgreSQL's warning that it gave up waiting for the standbys: it then says that a commit succeeded which
 * a failover can lose.
 *
 * @see https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
 */
export function watchReplication(client: ClientBase): void {
  client.on('notice', ({ routine }) => {
    if (routine === 'SyncRepWaitForLSN') unreplicated.add(client);
  });
}

/** @throws Fault DATABASE_UNAVAILABLE when the last commit is known to this server alone, and so in doubt */
export function assertReplicated(client: ClientBase): void {
  if (unreplicated.delete(client))
    throw databaseUnavailable(new Error('the standbys did not confirm the commit'));
}
