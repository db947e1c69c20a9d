import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import type { ServerAccount } from '../processes/server-account.js';
import { shieldCommand } from '../processes/shielded-command.js';
import type { Program } from '../programs/find-program.js';
import { makeFolder } from '../programs/make-folder.js';
import { runCommand } from '../programs/run-command.js';

/** The name of PostgreSQL's superuser in every cluster we make. */
export const SUPERUSER = 'postgres';

/**
 * An empty cluster, made once with initdb and kept in the cache, because copying one takes a tenth of the time. Holds the
 * cluster itself in `cluster` and its superuser's random password in `superuser-password`.
 */
export async function makePostgresTemplate(
  machine: Machine,
  program: Program,
  account: ServerAccount | undefined,
): Promise<string> {
  const owner = account?.name ?? 'self';
  const template = join(machine.cache, `postgres-${program.version}-${owner}`);
  await makeFolder(template, async (folder) => {
    await chmod(folder, 0o755);
    const password = randomBytes(24).toString('base64url');
    await writeFile(join(folder, 'superuser-password'), password, { mode: 0o600 });
    await initialize(machine, program, account, folder, password);
  });
  return template;
}

async function initialize(
  machine: Machine,
  program: Program,
  account: ServerAccount | undefined,
  folder: string,
  password: string,
): Promise<void> {
  const cluster = join(folder, 'cluster');
  const passwordFile = join(folder, 'initdb-password');
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [cluster, passwordFile]) await chown(path, account.uid, account.gid);
  const initdb = join(dirname(program.command), 'initdb');
  const args = [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...listLocaleFlags(program.version),
    '--no-sync',
  ];
  const shielded = await shieldCommand(initdb, args, machine.environment.PATH, { account });
  await runCommand(shielded.command, shielded.args, {
    environment: { ...machine.environment, ...program.environment },
  });
  await rm(passwordFile);
}

/** The same sorting everywhere: PostgreSQL's own Unicode rules, which came with 17, not those of the machine's C library. */
function listLocaleFlags(version: string): string[] {
  return Number.parseInt(version, 10) >= 17
    ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    : ['--locale=C.UTF-8'];
}
