import { dirname, join } from 'node:path';
import type { Machine } from '../machine.js';
import { fetchDebianPackages } from './debian-packages.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { printVersion } from './print-version.js';

const ADVICE =
  'Install it so that "prometheus" and "promtool" are on the PATH (apt-get install prometheus, or brew install prometheus), or connect to the internet once.';

/** Prometheus with the tool that checks and tests its files. */
export interface Prometheus extends Program {
  readonly promtool: string;
}

/**
 * Prometheus: the one on the PATH that has promtool beside it, else this distribution's own package, unpacked into the cache.
 * @throws MissingProgram
 */
export async function findPrometheus(machine: Machine): Promise<Prometheus> {
  const program = await findProgram('Prometheus', listPrometheusSources(machine), ADVICE);
  return { ...program, promtool: toPromtool(program.command) };
}

/** The sources in the order in which they are asked. */
export function listPrometheusSources(machine: Machine): ProgramSource[] {
  const into = join(machine.cache, 'prometheus');
  return [
    {
      origin: 'PATH',
      find: async () => {
        const command = await findOnPath('prometheus', machine.environment.PATH);
        return command === undefined ? undefined : describe(command, 'PATH');
      },
    },
    {
      origin: 'distribution package',
      find: () => describe(join(into, 'usr/bin/prometheus'), 'distribution package'),
      fetch: () => fetchDebianPackages(machine, { packages: ['prometheus'], into }),
    },
  ];
}

function toPromtool(command: string): string {
  return join(dirname(command), 'promtool');
}

async function describe(command: string, origin: string): Promise<Program | undefined> {
  if (!(await isExecutable(command)) || !(await isExecutable(toPromtool(command)))) return undefined;
  const printed = await printVersion(command, ['--version']);
  // One that somebody built himself may not know.
  const version = /version (\d+\.\d+\.\d+)/.exec(printed)?.[1] ?? 'of an unknown version';
  return { command, environment: {}, version, origin };
}
