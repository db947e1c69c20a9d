import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { findOnPath } from './find-on-path.js';
import { makeFolder } from './make-folder.js';
import { runCommand } from './run-command.js';

export interface DebianRequest {
  readonly packages: readonly string[];
  /** Another release to take them from; without it, what this machine's own apt sources offer. */
  readonly release?: DebianRelease;
  /** The folder that receives the unpacked files (usr/bin/…). */
  readonly into: string;
}

export interface DebianRelease {
  readonly suite: string;
  readonly component: string;
  readonly keyring: string;
}

/**
 * Downloads packages, with the dependencies that this machine lacks, and unpacks them into a folder of ours. Nothing is
 * installed: the package lists, archives and settings are private and go away, the system's own stay untouched. Signatures are
 * checked by apt as always. Needs no root.
 * @throws Error when there is no apt, no mirror or no such package
 */
export async function fetchDebianPackages(machine: Machine, request: DebianRequest): Promise<void> {
  const path = machine.environment.PATH;
  if (!(await findOnPath('apt-get', path)) || !(await findOnPath('dpkg', path)))
    throw new Error('this machine has no apt');
  await mkdir(machine.cache, { recursive: true });
  const work = await mkdtemp(join(machine.cache, 'apt-'));
  try {
    const environment = { ...machine.environment, APT_CONFIG: await writeSettings(work, request.release) };
    await runCommand('apt-get', ['update', '-qq'], { environment });
    await runCommand('apt-get', [...downloadOnly, ...request.packages], { environment });
    await makeFolder(request.into, (folder) => unpackAll(join(work, 'archives'), folder));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

// --reinstall: also when dpkg has it installed but its program is not where we looked.
const downloadOnly = ['install', '-qq', '-y', '--reinstall', '--download-only', '--no-install-recommends'];

/**
 * An apt configuration of our own. How this machine downloads (proxies, time-outs) is kept; its hooks are not, since they
 * would run for our private lists too and touch the system.
 */
async function writeSettings(work: string, release: DebianRelease | undefined): Promise<string> {
  for (const folder of ['lists/partial', 'archives/partial', 'none'])
    await mkdir(join(work, folder), { recursive: true });
  const configured = (await runCommand('apt-config', ['dump'])).split('\n');
  const settings = [
    ...configured.filter((line) => line.startsWith('Acquire::')),
    `Dir::Etc::Parts "${work}/none";`,
    `Dir::Etc::main "${work}/none/apt.conf";`,
    `Dir::State::lists "${work}/lists";`,
    `Dir::Cache "${work}";`,
    'Debug::NoLocking "true";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
  ];
  if (release) {
    const line = `deb [signed-by=${release.keyring}] ${await findMirror()} ${release.suite} ${release.component}\n`;
    await writeFile(join(work, 'sources.list'), line);
    settings.push(`Dir::Etc::sourcelist "${work}/sources.list";`, `Dir::Etc::sourceparts "${work}/none";`);
  }
  const file = join(work, 'apt.conf');
  await writeFile(file, `${settings.join('\n')}\n`);
  return file;
}

/** The mirror this machine is set to; security archives carry updates only. */
async function findMirror(): Promise<string> {
  const targets = await runCommand('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const mirror = targets.split('\n').find((uri) => uri !== '' && !uri.includes('security'));
  if (mirror === undefined) throw new Error('apt has no sources configured');
  return mirror;
}

async function unpackAll(archives: string, folder: string): Promise<void> {
  const packages = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  for (const file of packages) await runCommand('dpkg', ['-x', join(archives, file), folder]);
}
