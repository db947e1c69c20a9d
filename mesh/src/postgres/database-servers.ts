import type { DatabaseConfig } from '../config/process-config.js';
import type { Instance } from '../consul/instance.js';
import type { InstanceSet } from '../consul/watch.js';
import type { Logger } from '../log.js';
import { databaseUnavailable } from './connection-fault.js';
import { type DatabaseServer, type OpenServer, openServer } from './database-server.js';
import { findPrimary, listForRead, type ReadPreference, type Turn } from './server-role.js';

/** The servers that Consul lists under a database's name, each with what it said that it is. */
export interface DatabaseServers {
  readonly database: string;
  readonly all: readonly DatabaseServer[];
  /** The server that writes go to, undefined while nobody says that it is one. */
  readonly primary: DatabaseServer | undefined;
  /**
   * The same, waited for during the first second after it was lost: a server that restarts quickly is back by then. Later
   * there is nothing to wait for.
   *
   * @throws Fault DATABASE_UNAVAILABLE, or the signal's reason
   */
  primarySoon(signal: AbortSignal): Promise<DatabaseServer>;
  /** The servers that a read may go to, best first. */
  listForRead(preference: ReadPreference): readonly Turn<DatabaseServer>[];
  /** Resolves when all servers have been asked what they are. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What servers are followed with. */
export interface FollowOptions {
  readonly listed: InstanceSet;
  readonly config: DatabaseConfig;
  readonly instance: string;
  readonly log: Logger;
}

/** How often each server is asked what it is, in milliseconds: usually, and while nobody is the primary. */
const EVERY_MS = 1000;
const WITHOUT_PRIMARY_MS = 200;
/** How long statements wait for a primary after the last one was lost, in milliseconds. */
const GRACE_MS = 1000;

/**
 * Follows the servers of a database. Consul says where they are; what each is, it is asked itself, at once when a
 * statement fails and every second otherwise, since Consul's tags follow a change of roles some seconds later.
 */
export function followServers({ listed, config, instance, log }: FollowOptions): DatabaseServers {
  const servers = new Map<string, OpenServer>();
  const closing = new Set<Promise<void>>();
  /** Who waits for a primary. */
  const waiting = new Set<() => void>();
  let primaryId: string | undefined;
  let lostAt = Number.NEGATIVE_INFINITY;
  const options = {
    config,
    instance,
    log,
    everyMs: () => (primaryId === undefined ? WITHOUT_PRIMARY_MS : EVERY_MS),
    onRefresh: tellPrimary,
    // Roles move together: when one fails, another may have taken over.
    onSuspect: () => {
      for (const server of servers.values()) server.hurry();
    },
  };

  function follow(instances: readonly Instance[]): void {
    const named = new Map(instances.map((each) => [each.id, each]));
    for (const server of servers.values()) {
      const { host, port } = named.get(server.id) ?? {};
      if (host === server.instance.host && port === server.instance.port) continue;
      servers.delete(server.id);
      forget(server);
    }
    for (const each of instances) if (!servers.has(each.id)) servers.set(each.id, openServer(each, options));
    tellPrimary();
  }

  function forget(server: OpenServer): void {
    const closed = server
      .close()
      .catch((error: unknown) => log.warn({ err: error }, 'the old pool did not close in order'))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function tellPrimary(): void {
    const primary = findPrimary([...servers.values()]);
    if (primary?.id === primaryId) return;
    primaryId = primary?.id;
    if (primary === undefined) {
      lostAt = performance.now();
      log.warn({ database: config.service }, 'no server of the database takes writes');
      return;
    }
    log.info({ database: config.service, server: primary.id }, 'found the database');
    for (const look of [...waiting]) look();
  }

  async function primarySoon(signal: AbortSignal): Promise<DatabaseServer> {
    const graceMs = lostAt + GRACE_MS - performance.now();
    if (graceMs > 0 && primaryId === undefined) await untilFound(graceMs, signal);
    signal.throwIfAborted();
    const primary = findPrimary([...servers.values()]);
    if (primary === undefined) throw databaseUnavailable();
    return primary;
  }

  function untilFound(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  follow(listed.current);
  const unfollow = listed.onChange(follow);

  return {
    database: config.service,
    get all() {
      return [...servers.values()];
    },
    get primary() {
      return findPrimary([...servers.values()]);
    },
    primarySoon,
    listForRead: (preference) => listForRead([...servers.values()], preference),
    refresh: async () => void (await Promise.all([...servers.values()].map((server) => server.refresh()))),
    async close() {
      unfollow();
      for (const server of servers.values()) forget(server);
      servers.clear();
      await Promise.all(closing);
    },
  };
}
