import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import type { NodeMarks } from '../processes/node-processes.js';
import { findServerAccount } from '../processes/server-account.js';
import { findPatroni } from '../programs/find-patroni.js';
import type { Program } from '../programs/find-program.js';
import { findReplicatedPostgres } from '../programs/find-replicated-postgres.js';
import { type PatroniDepartures, writePatroniSettings } from './patroni-settings.js';
import type { PostgresFacts } from './postgres-server.js';
import { SUPERUSER } from './postgres-template.js';
import type { PreparedServer } from './server.js';

/** The passwords of a cluster, the same on all its nodes. */
export interface PatroniPasswords {
  readonly superuser: string;
  readonly replication: string;
  readonly rewind: string;
  /** For what changes something through the REST API. */
  readonly rest: string;
}

/** The name that goes with the REST API's password. */
export const REST_USER = 'patroni';

export interface PatroniNodeOptions extends PatroniDepartures {
  /** Its name in the cluster: `user_db_1`. */
  readonly id: string;
  /** The cluster's name, in Patroni and in Consul alike: `user-db`. */
  readonly scope: string;
  /** Base URL of the Consul that the cluster lives by. */
  readonly consulUrl: string;
  /** Absolute; made when absent, kept when not. */
  readonly dataDir: string;
  readonly port: number;
  readonly restPort: number;
  readonly passwords: PatroniPasswords;
  readonly programs: PatroniPrograms;
  readonly machine: Machine;
  readonly logFile: string;
}

/** Patroni, and a PostgreSQL with the tools it calls. */
export interface PatroniPrograms {
  readonly patroni: Program;
  readonly postgres: Program;
}

/** Looks for both, or fetches them. @throws MissingProgram */
export async function findPatroniPrograms(machine: Machine): Promise<PatroniPrograms> {
  return { patroni: await findPatroni(machine), postgres: await findReplicatedPostgres(machine) };
}

export interface PreparedPatroniNode extends PreparedServer {
  readonly id: string;
  readonly facts: PostgresFacts;
  readonly restUrl: string;
  readonly marks: NodeMarks;
}

/** Makes a node's folder and decides its environment; starts nothing. */
export async function preparePatroniNode(options: PatroniNodeOptions): Promise<PreparedPatroniNode> {
  const { id, dataDir, port, restPort, machine, durable = true } = options;
  const { patroni, postgres } = options.programs;
  const configFile = await writePatroniSettings(machine, join(dataDir, 'config'), options);
  const clusterDir = join(dataDir, 'node', 'cluster');
  // Patroni makes, replaces and removes the cluster in it.
  await mkdir(dirname(clusterDir), { recursive: true });
  const account = await findServerAccount(machine, [
    patroni.command,
    postgres.command,
    dirname(clusterDir),
    configFile,
  ]);
  await chmod(dirname(clusterDir), 0o700);
  if (account) await chown(dirname(clusterDir), account.uid, account.gid);
  const address = `127.0.0.1:${port}`;
  const restUrl = `http://127.0.0.1:${restPort}`;
  return {
    id,
    title: `${id}: Patroni ${patroni.version} (${patroni.origin}), PostgreSQL ${postgres.version}`,
    address,
    facts: { host: '127.0.0.1', port, superuser: SUPERUSER, superuserPassword: options.passwords.superuser },
    restUrl,
    marks: { configFile, clusterDir },
    spec: {
      id,
      command: patroni.command,
      args: ['-m', 'patroni', configFile],
      environment: {
        PATH: machine.environment.PATH,
        ...toEnvironment(options, clusterDir, dirname(postgres.command)),
        ...patroni.environment,
        ...joinLibraries(patroni.environment, postgres.environment),
      },
      logFile: options.logFile,
      stopSignal: 'SIGTERM',
      deathSignal: durable ? 'INT' : 'KILL',
      account,
    },
    findObstacle: () => findObstacle(restUrl),
  };
}

/** @see https://patroni.readthedocs.io/en/latest/ENVIRONMENT.html */
function toEnvironment(
  { id, scope, consulUrl, port, restPort, passwords }: PatroniNodeOptions,
  clusterDir: string,
  binDir: string,
): Record<string, string> {
  return {
    // initdb and the tools need one that is on every machine, whoever typed the command.
    LANG: 'C.UTF-8',
    HOME: dirname(clusterDir),
    PYTHONDONTWRITEBYTECODE: '1',
    PATRONI_NAME: id,
    PATRONI_SCOPE: scope,
    PATRONI_CONSUL_HOST: new URL(consulUrl).host,
    PATRONI_RESTAPI_LISTEN: `127.0.0.1:${restPort}`,
    PATRONI_RESTAPI_CONNECT_ADDRESS: `127.0.0.1:${restPort}`,
    PATRONI_RESTAPI_USERNAME: REST_USER,
    PATRONI_RESTAPI_PASSWORD: passwords.rest,
    PATRONI_POSTGRESQL_LISTEN: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_CONNECT_ADDRESS: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_DATA_DIR: clusterDir,
    PATRONI_POSTGRESQL_BIN_DIR: binDir,
    PATRONI_POSTGRESQL_PGPASS: join(dirname(clusterDir), 'pgpass'),
    PATRONI_SUPERUSER_USERNAME: SUPERUSER,
    PATRONI_SUPERUSER_PASSWORD: passwords.superuser,
    PATRONI_REPLICATION_USERNAME: 'replicator',
    PATRONI_REPLICATION_PASSWORD: passwords.replication,
    PATRONI_REWIND_USERNAME: 'rewinder',
    PATRONI_REWIND_PASSWORD: passwords.rewind,
  };
}

/** Patroni hands its environment on to PostgreSQL, so that both find their libraries in it. */
function joinLibraries(...environments: readonly Readonly<Record<string, string>>[]) {
  const folders = environments.flatMap(({ LD_LIBRARY_PATH }) => LD_LIBRARY_PATH ?? []);
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
}

/** Ready is: its PostgreSQL runs, as a leader or as a standby. */
async function findObstacle(restUrl: string): Promise<string | undefined> {
  const response = await fetch(`${restUrl}/health`, { signal: AbortSignal.timeout(2_000) });
  if (response.ok) return undefined;
  const body: unknown = await response.json();
  const state = typeof body === 'object' && body !== null && 'state' in body ? body.state : response.status;
  return `its PostgreSQL is "${String(state)}"`;
}
