import { join } from 'node:path';
import type { Machine } from '../machine.js';
import { findOnPath, isExecutable } from './find-on-path.js';
import { findProgram, type Program, type ProgramSource } from './find-program.js';
import { runCommand } from './run-command.js';

const MODULE = 'github.com/fullstorydev/grpcurl/cmd/grpcurl';
const VERSION = 'v1.9.4';
const ADVICE =
  'Install it so that "grpcurl" is on the PATH (https://github.com/fullstorydev/grpcurl), or Go (https://go.dev/dl), which builds it.';
/** It is built from a hundred packages. */
const BUILD_TIMEOUT_MS = 300_000;

/**
 * grpcurl: the one on the PATH, else the pinned version, built by the Go toolchain where there is one.
 * @throws MissingProgram
 */
export async function findGrpcurl(machine: Machine): Promise<Program> {
  const go = await findOnPath('go', machine.environment.PATH);
  const folder = join(machine.cache, `grpcurl-${VERSION}`);
  const sources: ProgramSource[] = [
    {
      origin: 'PATH',
      find: async () => describe(await findOnPath('grpcurl', machine.environment.PATH), 'unknown', 'PATH'),
    },
    {
      origin: 'Go',
      find: async () => {
        const command = join(folder, 'grpcurl');
        return describe((await isExecutable(command)) ? command : undefined, VERSION, 'Go');
      },
      ...(go !== undefined && { fetch: () => build(go, folder, machine.environment) }),
    },
  ];
  return findProgram('grpcurl', sources, ADVICE);
}

/** Go writes the program in one go, aside: who breaks this off leaves nothing behind that looks like it. */
async function build(go: string, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await runCommand(go, ['install', `${MODULE}@${VERSION}`], {
    environment: { ...environment, GOBIN: folder, GOTOOLCHAIN: 'local' },
    timeoutMs: BUILD_TIMEOUT_MS,
  });
}

function describe(command: string | undefined, version: string, origin: string): Program | undefined {
  return command === undefined ? undefined : { command, environment: {}, version, origin };
}
