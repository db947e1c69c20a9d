import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import { findOnPath } from './find-on-path.js';
import type { Program } from './find-program.js';
import { folderExists } from './make-folder.js';
import { printVersion } from './print-version.js';

/** Grafana and the folder with its pages. */
export interface Grafana extends Program {
  /** What comes before the options: the newer program is `grafana server`, the older `grafana-server`. */
  readonly subcommand: readonly string[];
  readonly home: string;
}

/**
 * Grafana on the PATH, with its pages where its packages put them or beside the program. Undefined when there is none: no
 * distribution packages it, and the stack goes without.
 */
export async function findGrafana(machine: Machine): Promise<Grafana | undefined> {
  for (const [name, subcommand] of [
    ['grafana', ['server']],
    ['grafana-server', []],
  ] as const) {
    const command = await findOnPath(name, machine.environment.PATH);
    const home = command === undefined ? undefined : await findHome(command);
    if (command === undefined || home === undefined) continue;
    const printed = await printVersion(command, ['-v']);
    const version = /(\d+\.\d+\.\d+)/.exec(printed)?.[1] ?? 'of an unknown version';
    return { command, subcommand, home, environment: {}, version, origin: 'PATH' };
  }
  return undefined;
}

/** Debian packages: /usr/share/grafana; Homebrew: share/grafana beside bin; an unpacked release: the folder above bin. */
async function findHome(command: string): Promise<string | undefined> {
  const root = dirname(dirname(await realpath(command)));
  for (const home of [root, join(root, 'share/grafana'), '/usr/share/grafana'])
    if (await folderExists(join(home, 'public'))) return home;
  return undefined;
}
