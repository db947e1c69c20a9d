import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { runCommand } from '../programs/run-command.js';
import { findWriter, type OwnerAccess } from './database-writer.js';
import { findPostgresTools } from './find-postgres-tools.js';

/** How long one database may take, in milliseconds. */
const TIMEOUT_MS = 3_600_000;
/** How long a table is waited for whose shape somebody is changing, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

/** The file that holds a database in a folder of backups. */
export function toDumpFile(folder: string, service: string): string {
  return join(folder, `${service}.dump`);
}

/**
 * Writes a database, as it is at one moment, to a file that pg_restore reads. Nobody who uses it has to wait. The file
 * gets its name when it is complete.
 * @throws Error with pg_dump's own words; PlainError when there is no pg_dump for this server
 */
export async function dumpDatabase(machine: Machine, access: OwnerAccess, folder: string): Promise<string> {
  const file = toDumpFile(folder, access.service);
  await runTool(machine, access, 'dump', [
    '--format=custom',
    `--lock-wait-timeout=${LOCK_TIMEOUT_MS}`,
    `--file=${file}.part`,
    `--dbname=${access.name}`,
  ]);
  await rename(`${file}.part`, file);
  return file;
}

/**
 * Puts a database back to what a file holds, in one transaction: until it commits everybody sees what was before, and
 * when anything fails, for good. What uses the database waits while its tables are replaced.
 * @throws Error with pg_restore's own words
 */
export function restoreDatabase(machine: Machine, access: OwnerAccess, folder: string): Promise<void> {
  return runTool(machine, access, 'restore', [
    '--clean',
    '--if-exists',
    '--no-owner',
    '--single-transaction',
    '--exit-on-error',
    `--dbname=${access.name}`,
    toDumpFile(folder, access.service),
  ]);
}

/** Runs one of the tools at the server that takes the database's writes. */
async function runTool(
  machine: Machine,
  access: OwnerAccess,
  tool: 'dump' | 'restore',
  args: readonly string[],
): Promise<void> {
  const { host, port, major } = await findWriter(access);
  const tools = await findPostgresTools(machine, major);
  const server = ['--no-password', `--host=${host}`, `--port=${port}`, `--username=${access.user}`];
  // The password in the environment, where other users of the machine can't read it as they can a command line.
  const own = { PGPASSWORD: access.password, PGSSLMODE: 'disable' };
  await runCommand(tools[tool], [...server, ...args], {
    environment: { ...machine.environment, ...tools.environment, ...own },
    timeoutMs: TIMEOUT_MS,
  });
}
