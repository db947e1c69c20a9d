import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { fetchDebianPackages } from './debian-packages.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { listLibraryFolders } from './library-folders.js';
import { folderExists } from './make-folder.js';
import { printVersion } from './print-version.js';
import { runCommand } from './run-command.js';

const ADVICE =
  'It runs on Linux: install it with its Consul client (apt-get install patroni python3-consul), or connect to the internet once.';

/** Everything that a Patroni with Consul imports; says its version when it is all there. */
const PROBE =
  'import consul, psutil, psycopg2, urllib3, yaml, patroni.dcs.consul, patroni.version; print(patroni.version.__version__)';

/**
 * Patroni with its Consul client, as a Python that can import both: `command -m patroni`. The system's own Python first, since
 * distributions build Patroni's libraries for that one, whatever `python3` means on the PATH.
 * @throws MissingProgram
 */
export async function findPatroni(machine: Machine): Promise<Program> {
  return findProgram('Patroni', listPatroniSources(machine), ADVICE);
}

/** The sources in the order in which they are asked. */
export function listPatroniSources(machine: Machine): ProgramSource[] {
  const into = join(machine.cache, 'patroni');
  return [
    {
      origin: 'system',
      find: async () => {
        for (const python of await listPythons(machine)) {
          const found = await describe(python, {}, 'system');
          if (found) return found;
        }
        return undefined;
      },
    },
    {
      origin: 'distribution package',
      find: () => findUnpacked(machine, into),
      fetch: async () => {
        await fetchDebianPackages(machine, { packages: ['patroni', 'python3-consul'], into });
        await compileModules(machine, into);
      },
    },
  ];
}

async function listPythons({ environment }: Machine): Promise<string[]> {
  const onPath = await findOnPath('python3', environment.PATH);
  const candidates = new Set(['/usr/bin/python3', ...(onPath === undefined ? [] : [onPath])]);
  const executable: string[] = [];
  for (const candidate of candidates) if (await isExecutable(candidate)) executable.push(candidate);
  return executable;
}

/** Unpacked packages run on the system's Python; where there was none, apt has brought one along. */
async function findUnpacked(machine: Machine, root: string): Promise<Program | undefined> {
  if (!(await folderExists(root))) return undefined;
  const libraries = await listLibraryFolders(root);
  const environment = {
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
    ...(libraries !== '' && { LD_LIBRARY_PATH: libraries }),
  };
  for (const python of await listPythons(machine)) {
    const found = await describe(python, environment, 'distribution package');
    if (found) return found;
  }
  const own = join(root, 'usr/bin/python3');
  if (!(await isExecutable(own))) return undefined;
  return describe(own, { ...environment, PYTHONHOME: join(root, 'usr') }, 'distribution package');
}

/** dpkg would have done it; without it each start of each node compiles a hundred modules. */
async function compileModules(machine: Machine, root: string): Promise<void> {
  const program = await findUnpacked(machine, root);
  if (!program) return;
  await runCommand(program.command, ['-m', 'compileall', '-q', join(root, 'usr/lib/python3/dist-packages')], {
    environment: { PATH: machine.environment.PATH, ...program.environment },
  });
}

/** Undefined when something is missing, also when the libraries there are were built for another Python. */
async function describe(
  command: string,
  environment: Readonly<Record<string, string>>,
  origin: string,
): Promise<Program | undefined> {
  try {
    const printed = await printVersion(command, ['-c', PROBE], environment);
    return { command, environment, version: printed.trim(), origin };
  } catch {
    // An import that fails is the answer: this Python has no Patroni.
    return undefined;
  }
}
