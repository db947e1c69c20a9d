import { Gauge, type Registry } from 'prom-client';
import type { DatabaseServer } from './database-server.js';
import type { DatabaseServers } from './database-servers.js';

/** Exports the servers of each database and the connections to them, read at each scrape. */
export function exportDatabases(registry: Registry, databases: () => Iterable<DatabaseServers>): void {
  const registers = [registry];

  function gauge(
    name: string,
    help: string,
    more: readonly string[],
    read: (server: DatabaseServer) => readonly (readonly [Readonly<Record<string, string>>, number])[],
  ): void {
    new Gauge({
      name,
      help,
      labelNames: ['database', 'server', ...more],
      registers,
      collect() {
        this.reset();
        for (const { database, all } of databases())
          for (const server of all)
            for (const [labels, value] of read(server))
              this.set({ ...labels, database, server: server.id }, value);
      },
    });
  }

  gauge(
    'postgres_pool_connections',
    'Connections of this process to a server of a database.',
    ['state'],
    ({ pool }) => [
      [{ state: 'busy' }, pool.totalCount - pool.idleCount],
      [{ state: 'idle' }, pool.idleCount],
    ],
  );
  gauge('postgres_pool_waiting', 'Statements that wait for a connection to a server.', [], ({ pool }) => [
    [{}, pool.waitingCount],
  ]);
  gauge(
    'postgres_server_role',
    'What a server of a database says that it is: 1 for its role.',
    ['role'],
    ({ role }) => [[{ role: role.kind }, 1]],
  );
  gauge(
    'postgres_replication_lag_seconds',
    'How old what a replica shows is, as it says itself; absent while it hears no primary.',
    [],
    ({ role }) => (role.kind === 'replica' && role.following ? [[{}, role.lagSeconds]] : []),
  );
}
