import type pg from 'pg';
import type { DatabaseConfig } from '../config/process-config.js';
import type { Instance } from '../consul/instance.js';
import { pause } from '../deadline.js';
import type { Fault } from '../fault.js';
import type { Logger } from '../log.js';
import { databaseUnavailable } from './connection-fault.js';
import { createPool, toConnection } from './pool.js';
import { createProbe } from './probe.js';
import type { Candidate, ServerRole } from './server-role.js';

/** One server of a database, the connections to it, and what it last said that it is. */
export interface DatabaseServer extends Candidate {
  /** Its id in Consul. */
  readonly id: string;
  readonly pool: pg.Pool;
  /**
   * Calls back with Fault DATABASE_UNAVAILABLE when the server is found to be away: what is waited for will not come.
   * Returns how to call that off.
   */
  whenGone(listener: (fault: Fault) => void): () => void;
  /** Milliseconds since it last answered anything. */
  silentMs(): number;
  /** It answered a statement, whatever it said. */
  answered(): void;
  /** It broke a connection, refused one or keeps silent: for a moment it is asked last. */
  suspected(): void;
}

/** A server with the end that its set holds. */
export interface OpenServer extends DatabaseServer {
  readonly instance: Instance;
  /** Resolves when the server has been asked what it is, now or by a question that is under way. */
  refresh(): Promise<void>;
  /** Asks it soon instead of when it is due. */
  hurry(): void;
  close(): Promise<void>;
}

export interface OpenServerOptions {
  readonly config: DatabaseConfig;
  /** The name of this process, shown in pg_stat_activity. */
  readonly instance: string;
  readonly log: Logger;
  /** How long until it is asked again, in milliseconds. */
  readonly everyMs: () => number;
  /** Called after each answer or its absence. */
  readonly onRefresh: () => void;
  readonly onSuspect: () => void;
}

/** How long a server is asked last after it failed, in milliseconds. */
const SUSPECT_MS = 1000;
/** At least this long between two questions, in milliseconds, however many statements fail. */
const FLOOR_MS = 100;

/** Opens a server: its pool connects with the first statement, its probe at once. */
export function openServer(at: Instance, options: OpenServerOptions): OpenServer {
  const { config, instance, log } = options;
  const pool = createPool(at, config, instance, log);
  const probe = createProbe(toConnection(at, config, `${instance} probe`), options.onSuspect);
  const stop = new AbortController();
  const waiting = new Set<(fault: Fault) => void>();
  let role: ServerRole = { kind: 'unknown' };
  let answeredAt = Number.NEGATIVE_INFINITY;
  let suspectUntil = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  let wake = new AbortController();

  async function ask(): Promise<void> {
    const askedAt = performance.now();
    const answer = await probe.ask();
    if (stop.signal.aborted) return;
    if (answer !== undefined) {
      answeredAt = performance.now();
      role = answer;
    } else if (answeredAt < askedAt) {
      role = { kind: 'away' };
      giveUp();
    }
    options.onRefresh();
  }

  function giveUp(): void {
    const listeners = [...waiting];
    waiting.clear();
    for (const listener of listeners) listener(databaseUnavailable());
  }

  function refresh(): Promise<void> {
    refreshing ??= ask().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function keepAsking(): Promise<void> {
    while (!stop.signal.aborted) {
      wake = new AbortController();
      await refresh();
      await pause(FLOOR_MS, stop.signal);
      await pause(options.everyMs() - FLOOR_MS, wake.signal);
    }
  }

  void keepAsking();

  return {
    id: at.id,
    name: at.id.slice(at.id.lastIndexOf('/') + 1),
    instance: at,
    pool,
    refresh,
    get role() {
      return role;
    },
    get suspect() {
      return performance.now() < suspectUntil;
    },
    get load() {
      return pool.totalCount - pool.idleCount + pool.waitingCount;
    },
    whenGone(listener) {
      waiting.add(listener);
      return () => waiting.delete(listener);
    },
    silentMs: () => performance.now() - answeredAt,
    answered() {
      answeredAt = performance.now();
    },
    suspected() {
      suspectUntil = performance.now() + SUSPECT_MS;
      options.onSuspect();
    },
    hurry: () => wake.abort(),
    async close() {
      stop.abort();
      wake.abort();
      probe.close();
      await pool.end();
    },
  };
}
