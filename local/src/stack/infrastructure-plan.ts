import { join } from 'node:path';
import type { Machine } from '../machine.js';
import type { PortChooser } from '../processes/free-port.js';
import type { DatabaseReader } from '../servers/create-database.js';
import type { PatroniViewParts } from '../servers/patroni-view.js';
import type { PostgresFacts } from '../servers/postgres-server.js';
import type { PreparedServer } from '../servers/server.js';
import type { DatabaseDescription } from './services.js';

/** A database of the stack with the passwords of those who may enter. */
export interface OwnedDatabase extends DatabaseDescription {
  readonly password: string;
  readonly reader?: DatabaseReader;
}

/** Servers that are started at once, and what to do when all of them answer. */
export interface InfrastructurePart {
  readonly servers: readonly PreparedServer[];
  /** Makes of servers that answer what the services expect: a cluster, a database with its owner. May be done again. */
  settle?(signal: AbortSignal): Promise<void>;
  /** Opened before they start and closed when they are stopped: ends what they leave behind. */
  guard?(): Promise<{ close(): Promise<void> }>;
}

/** Where a database lives. */
export interface DatabaseHome {
  /** The ids of the servers that hold it: one, or the nodes of a Patroni cluster. */
  readonly servers: readonly string[];
  /** The superuser's way to the server that takes writes now. @throws Error when there is none */
  findPrimary(): Promise<PostgresFacts>;
  /** Present when it lives in a Patroni cluster. */
  readonly patroni?: PatroniViewParts;
}

/** A page for people that one of the servers shows. */
export interface StackPage {
  readonly title: string;
  readonly url: string;
}

export interface RedisAddress {
  readonly mode: 'single' | 'cluster';
  /** In the form of REDIS_NODES: `host:port,host:port …`. */
  readonly nodes: string;
}

/** What a size of the stack is made of, ready to be started. */
export interface InfrastructurePlan {
  readonly consulUrl: string;
  readonly redis: RedisAddress;
  /** One after the other; the parts of a stage at once. */
  readonly stages: readonly (readonly InfrastructurePart[])[];
  /** By the database's name in Consul. */
  readonly homes: ReadonlyMap<string, DatabaseHome>;
  /** The one PostgreSQL server of all databases, when there is only one. */
  readonly postgres?: PostgresFacts;
  readonly pages: readonly StackPage[];
}

export interface PlanOptions {
  readonly machine: Machine;
  /** Holds a folder for each server. */
  readonly serverDir: string;
  readonly logDir: string;
  readonly choosePort: PortChooser;
  /** Whether PostgreSQL's commits wait for the disk. */
  readonly durable: boolean;
  /** Whether the data outlive the stack. */
  readonly keepsData: boolean;
  readonly redisPassword: string;
  readonly databases: readonly OwnedDatabase[];
  /** Of Prometheus, where there is one. */
  readonly scrapeEverySeconds?: number | undefined;
}

/** Where one server keeps its files and writes its log. */
export function toServerPlace({ machine, serverDir, logDir }: PlanOptions, id: string) {
  return { machine, dataDir: join(serverDir, id), logFile: join(logDir, `${id}.log`) };
}
