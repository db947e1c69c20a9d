import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import { PlainError } from '../plain-error.js';
import { findOnPath, isExecutable } from '../programs/find-on-path.js';
import { findReplicatedPostgres } from '../programs/find-replicated-postgres.js';
import { runCommand } from '../programs/run-command.js';

/** pg_dump and pg_restore of one version. */
export interface PostgresTools {
  readonly dump: string;
  readonly restore: string;
  /** What they need on top of the inherited environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The tools to back a server up with: those on the PATH, else those beside the PostgreSQL that is replicated.
 * @param serverMajor the server's version; pg_dump reads servers of its own version and older ones
 * @throws PlainError when there are none, or only older ones
 */
export async function findPostgresTools(machine: Machine, serverMajor: number): Promise<PostgresTools> {
  const onPath = await findOnPath('pg_dump', machine.environment.PATH);
  if (onPath !== undefined && (await readMajor(onPath, {})) >= serverMajor)
    return toTools(dirname(onPath), {});
  const server = await findReplicatedPostgres(machine);
  const folder = dirname(server.command);
  const tools = toTools(folder, server.environment);
  if ((await isExecutable(tools.dump)) && (await readMajor(tools.dump, tools.environment)) >= serverMajor)
    return tools;
  throw new PlainError(
    `the server is PostgreSQL ${serverMajor}, and there is no pg_dump ${serverMajor} or later on the PATH: install postgresql-client-${serverMajor}, or run the full stack (make run STACK=full), which runs on this distribution's PostgreSQL`,
  );
}

function toTools(folder: string, environment: Readonly<Record<string, string>>): PostgresTools {
  return { dump: join(folder, 'pg_dump'), restore: join(folder, 'pg_restore'), environment };
}

async function readMajor(command: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const printed = await runCommand(command, ['--version'], {
    environment: { ...environment },
    timeoutMs: 20_000,
  });
  return Number.parseInt(/(\d+)(?:\.\d+)?/.exec(printed)?.[1] ?? '0', 10);
}
