import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import { fetchDebianPackages } from './debian-packages.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { listLibraryFolders } from './library-folders.js';
import { isErrorWithCode } from './make-folder.js';
import { printVersion } from './print-version.js';

const ADVICE =
  'Install PostgreSQL 15 or later with its tools (apt-get install postgresql), or connect to the internet once.';

/** What Patroni calls; the npm package that single servers run on has only the first three. */
const TOOLS = ['postgres', 'initdb', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'pg_controldata', 'pg_isready'];

/**
 * Server and tools by their own names, whatever version the distribution has, as patterns that apt understands: what
 * `postgresql` merely depends on is not fetched where dpkg believes to have it.
 */
const PACKAGES = ['^postgresql-1[5-9]$', '^postgresql-client-1[5-9]$'];

/**
 * A PostgreSQL that can be replicated: `postgres` with all the tools Patroni calls beside it. The distribution's own, which is the
 * one its Patroni was made for; of several the oldest from 15 on, since Patroni knows those best.
 * @throws MissingProgram
 */
export async function findReplicatedPostgres(machine: Machine): Promise<Program> {
  return findProgram('PostgreSQL with pg_basebackup and pg_rewind', listSources(machine), ADVICE);
}

function listSources(machine: Machine): ProgramSource[] {
  const into = join(machine.cache, 'replicated-postgres');
  return [
    {
      origin: '/usr/lib/postgresql',
      find: () => findBelow('/usr/lib/postgresql', {}, '/usr/lib/postgresql'),
    },
    {
      origin: 'PATH',
      find: async () => {
        const command = await findOnPath('postgres', machine.environment.PATH);
        return command === undefined ? undefined : describe(dirname(command), {}, 'PATH');
      },
    },
    {
      origin: 'distribution package',
      find: async () => {
        const libraries = await listLibraryFolders(into);
        const environment: Record<string, string> = libraries === '' ? {} : { LD_LIBRARY_PATH: libraries };
        return findBelow(join(into, 'usr/lib/postgresql'), environment, 'distribution package');
      },
      fetch: () => fetchDebianPackages(machine, { packages: PACKAGES, into }),
    },
  ];
}

/** Debian keeps one folder for each major version. */
async function findBelow(
  folder: string,
  environment: Readonly<Record<string, string>>,
  origin: string,
): Promise<Program | undefined> {
  for (const major of await listMajors(folder)) {
    const found = await describe(join(folder, String(major), 'bin'), environment, origin);
    if (found) return found;
  }
  return undefined;
}

async function listMajors(folder: string): Promise<number[]> {
  try {
    return (await readdir(folder))
      .map(Number)
      .filter((major) => major >= 15)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function describe(
  folder: string,
  environment: Readonly<Record<string, string>>,
  origin: string,
): Promise<Program | undefined> {
  for (const tool of TOOLS) if (!(await isExecutable(join(folder, tool)))) return undefined;
  const command = join(folder, 'postgres');
  const printed = await printVersion(command, ['--version'], environment);
  const version = /(\d+(?:\.\d+)?)/.exec(printed)?.[1];
  if (version === undefined) throw new Error(`${command} --version says no version: ${printed.slice(0, 80)}`);
  return Number.parseInt(version, 10) >= 15 ? { command, environment, version, origin } : undefined;
}
