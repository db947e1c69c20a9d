import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser } from '../processes/free-port.js';
import { findServerAccount } from '../processes/server-account.js';
import { findPostgres } from '../programs/find-postgres.js';
import { makeFolder } from '../programs/make-folder.js';
import { runCommand } from '../programs/run-command.js';
import { makePostgresTemplate, SUPERUSER } from './postgres-template.js';
import { openServer, type PreparedServer } from './server.js';

export interface PostgresOptions {
  /** Absolute; receives a new cluster when absent, keeps the one that is there. */
  readonly dataDir: string;
  /** Without it, any free one. */
  readonly port?: number;
  /** False for tests: a power cut may lose everything, and commits don't wait for the disk. Default true. */
  readonly durable?: boolean;
  readonly machine?: Machine;
  readonly logFile?: string;
}

/** What it takes to connect as the superuser. */
export interface PostgresFacts {
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly superuserPassword: string;
}

export interface PreparedPostgres extends PreparedServer {
  readonly facts: PostgresFacts;
}

export interface OpenPostgres extends PostgresFacts {
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * One PostgreSQL server on loopback, TCP only, passwords by SCRAM.
 * @throws MissingProgram when there is no PostgreSQL; Error when it does not start
 */
export async function openPostgres(options: PostgresOptions): Promise<OpenPostgres> {
  const { server, running } = await openServer(() => preparePostgres(options), Boolean(options.port));
  return { ...server.facts, pid: running.pid, close: async () => void (await running.stop()) };
}

/** Finds PostgreSQL and copies an empty cluster into the data folder when there is none; starts nothing. */
export async function preparePostgres(options: PostgresOptions): Promise<PreparedPostgres> {
  const { dataDir, durable = true, machine = thisMachine() } = options;
  const program = await findPostgres(machine);
  await mkdir(machine.cache, { recursive: true });
  await mkdir(dirname(dataDir), { recursive: true });
  const account = await findServerAccount(machine, [
    program.command,
    dataDir,
    join(machine.cache, 'template'),
  ]);
  await makeFolder(dataDir, async (folder) => {
    const template = await makePostgresTemplate(machine, program, account);
    await runCommand('cp', ['-a', `${template}/.`, folder]);
  });
  const port = options.port || (await createPortChooser('random')());
  const facts: PostgresFacts = {
    host: '127.0.0.1',
    port,
    superuser: SUPERUSER,
    superuserPassword: (await readFile(join(dataDir, 'superuser-password'), 'utf8')).trim(),
  };
  return {
    title: `PostgreSQL ${program.version} (${program.origin})`,
    address: `127.0.0.1:${port}`,
    facts,
    spec: {
      id: 'postgres',
      command: program.command,
      args: ['-D', join(dataDir, 'cluster'), ...toSettings(port, durable, program.version)],
      environment: { ...machine.environment, ...program.environment },
      logFile: options.logFile ?? join(dirname(dataDir), 'postgres.log'),
      // Fast shutdown: open transactions are rolled back, files are closed.
      stopSignal: 'SIGINT',
      deathSignal: durable ? 'INT' : 'QUIT',
      account,
    },
    findObstacle: () => findObstacle(facts),
  };
}

/** For data that nobody keeps: nothing waits for the disk, and small statements are not prepared for being large ones. */
const THROWAWAY = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=32MB',
  'jit=off',
];

function toSettings(port: number, durable: boolean, version: string): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(durable ? [] : THROWAWAY),
    // PostgreSQL 16 introduced it. What it guards is thrown away.
    ...(durable || Number.parseInt(version, 10) < 16 ? [] : ['scram_iterations=1']),
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}

/** Ready is: it lets our superuser in, which a stranger's server on the same port would not. */
async function findObstacle(facts: PostgresFacts): Promise<string | undefined> {
  const client = await connectAsSuperuser(facts, 'postgres');
  await client.end();
  return undefined;
}

/** A connection that the caller ends. */
export async function connectAsSuperuser(facts: PostgresFacts, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: facts.host,
    port: facts.port,
    user: facts.superuser,
    password: facts.superuserPassword,
    database,
    // Said here because PGSSLMODE in somebody's environment would ask for it.
    ssl: false,
    connectionTimeoutMillis: 5_000,
  });
  // An idle connection that breaks emits this; the next query reports the same error to whom it concerns.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
