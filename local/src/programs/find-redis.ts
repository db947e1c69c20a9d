import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { fetchDebianPackages } from './debian-packages.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { listLibraryFolders } from './library-folders.js';
import { printVersion } from './print-version.js';

const ADVICE =
  'Install it so that "redis-server" is on the PATH (apt-get install redis-server, or brew install redis), or connect to the internet once.';

/**
 * Redis: redis-server on the PATH, else this distribution's own package, unpacked into the cache.
 * @throws MissingProgram
 */
export async function findRedis(machine: Machine): Promise<Program> {
  return findProgram('Redis', listRedisSources(machine), ADVICE);
}

/** The sources in the order in which they are asked. */
export function listRedisSources(machine: Machine): ProgramSource[] {
  const into = join(machine.cache, 'redis');
  return [
    {
      origin: 'PATH',
      find: async () => {
        const command = await findOnPath('redis-server', machine.environment.PATH);
        return command === undefined ? undefined : describe(command, {}, 'PATH');
      },
    },
    {
      origin: 'distribution package',
      find: async () => {
        const command = join(into, 'usr/bin/redis-server');
        if (!(await isExecutable(command))) return undefined;
        const libraries = await listLibraryFolders(into);
        return describe(
          command,
          libraries === '' ? {} : { LD_LIBRARY_PATH: libraries },
          'distribution package',
        );
      },
      fetch: () => fetchDebianPackages(machine, { packages: ['redis-server', 'redis-tools'], into }),
    },
  ];
}

async function describe(
  command: string,
  environment: Readonly<Record<string, string>>,
  origin: string,
): Promise<Program> {
  const printed = await printVersion(command, ['--version'], environment);
  const version = /v=(\d+\.\d+\.\d+)/.exec(printed)?.[1];
  if (version === undefined) throw new Error(`${command} --version says no version: ${printed.slice(0, 80)}`);
  return { command, environment, version, origin };
}
