import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { fetchConsulRelease, findConsulRelease } from './consul-release.js';
import { type DebianRelease, fetchDebianPackages } from './debian-packages.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { isErrorWithCode } from './make-folder.js';
import { printVersion } from './print-version.js';

const ADVICE =
  'Install it so that "consul" is on the PATH (https://developer.hashicorp.com/consul/install), or connect to the internet once.';

/**
 * Consul: the one on the PATH, else HashiCorp's pinned release, else the last one that Debian (or Ubuntu) packaged, 1.8.7.
 * @throws MissingProgram
 */
export async function findConsul(machine: Machine): Promise<Program> {
  return findProgram('Consul', await listConsulSources(machine), ADVICE);
}

/** The sources in the order in which they are asked. */
export async function listConsulSources(machine: Machine): Promise<ProgramSource[]> {
  const sources: ProgramSource[] = [
    {
      origin: 'PATH',
      find: async () => {
        const command = await findOnPath('consul', machine.environment.PATH);
        return command === undefined ? undefined : describe(command, 'PATH');
      },
    },
  ];
  const release = findConsulRelease(process.platform, process.arch);
  if (release) {
    const folder = join(machine.cache, `consul-${release.version}`);
    sources.push({
      origin: 'HashiCorp release',
      find: () => findIn(join(folder, 'consul'), 'HashiCorp release'),
      fetch: () => fetchConsulRelease(release, folder),
    });
  }
  const distribution = await findDistribution();
  if (distribution) {
    const into = join(machine.cache, `consul-${distribution.suite}`);
    const origin = `${distribution.suite} package`;
    sources.push({
      origin,
      find: () => findIn(join(into, 'usr/bin/consul'), origin),
      fetch: () => fetchDebianPackages(machine, { packages: ['consul'], release: distribution, into }),
    });
  }
  return sources;
}

async function findIn(command: string, origin: string): Promise<Program | undefined> {
  return (await isExecutable(command)) ? describe(command, origin) : undefined;
}

async function describe(command: string, origin: string): Promise<Program> {
  const printed = await printVersion(command, ['version']);
  const version = /v(\d+\.\d+\.\d+)/.exec(printed)?.[1];
  if (version === undefined) throw new Error(`${command} version says no version: ${printed.slice(0, 80)}`);
  return { command, environment: {}, version, origin };
}

/** The newest release of this machine's distribution that still has Consul; later ones dropped the package. */
async function findDistribution(): Promise<DebianRelease | undefined> {
  const id = /^ID=(\S+)$/m.exec(await readOsRelease())?.[1];
  if (id === 'debian')
    return {
      suite: 'bullseye',
      component: 'main',
      keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    };
  if (id === 'ubuntu')
    return {
      suite: 'jammy',
      component: 'universe',
      keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    };
  return undefined;
}

async function readOsRelease(): Promise<string> {
  try {
    return await readFile('/etc/os-release', 'utf8');
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return '';
    throw error;
  }
}
