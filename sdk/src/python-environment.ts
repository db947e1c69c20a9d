import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath, runCommand } from '@flight/local';
import { MissingToolchain } from './missing-toolchain.js';
import type { Place } from './place.js';
import { readIfThere } from './read-if-there.js';

/** What the examination exits with, and Python by itself does not: EX_UNAVAILABLE. */
const UNFIT = 69;

/** Answers what tells an interpreter apart from others, or exits with what is wrong with it, in one line. */
const EXAMINATION = `
import sys
def refuse(why):
    sys.stderr.write(why)
    sys.exit(${UNFIT})
if not (3, 10) <= sys.version_info[:2] < (3, 15):
    refuse("python3 is %d.%d: Python 3.10 to 3.14 is needed" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    refuse("python3 can't make environments: its modules venv and ensurepip are needed (Debian: apt install python3-venv)")
print(sys.version, sys.base_prefix)
`;

const PIP_TIMEOUT_MS = 600_000;

/**
 * An environment with the tools that sdk/python/requirements-build.txt pins: made once, and anew when that file or the
 * interpreter has changed. Answers its interpreter.
 * @throws MissingToolchain
 */
export async function preparePythonTools(place: Place): Promise<string> {
  const folder = join(place.tools, 'python');
  const requirements = join(place.sdk, 'python', 'requirements-build.txt');
  const stamp = join(folder, 'made-of.txt');
  const python = join(folder, 'bin', 'python');
  const { command, identity } = await findPython(place);
  // The folder's own name is part of it: an environment can't be moved.
  const wanted = [folder, identity, await readFile(requirements, 'utf8')].join('\n');
  if ((await readIfThere(stamp)) === wanted) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(place.tools, { recursive: true });
  await runCommand(command, ['-m', 'venv', folder]);
  await installPython(python, python, ['--requirement', requirements]);
  // Last, so that what was cut off in the middle is made anew.
  await writeFile(stamp, wanted);
  return python;
}

/** Makes an environment with nothing in it, not even pip. Answers its interpreter. @throws MissingToolchain */
export async function makePythonEnvironment(place: Place, folder: string): Promise<string> {
  const { command } = await findPython(place);
  await runCommand(command, ['-m', 'venv', '--without-pip', folder]);
  return join(folder, 'bin', 'python');
}

/** Installs into the environment of one interpreter with the pip that another one has. */
export async function installPython(pip: string, into: string, what: readonly string[]): Promise<void> {
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
  // pip takes --python before its command, and restarts itself there.
  const args = ['-m', 'pip', ...(pip === into ? [] : ['--python', into]), 'install', ...quietly, ...what];
  await runCommand(pip, args, { timeoutMs: PIP_TIMEOUT_MS });
}

async function findPython(place: Place): Promise<{ readonly command: string; readonly identity: string }> {
  const command = await findOnPath('python3', place.environment.PATH);
  if (command === undefined) throw new MissingToolchain('Python 3.10 to 3.14 is needed, as python3 on PATH');
  try {
    return { command, identity: (await runCommand(command, ['-c', EXAMINATION])).trim() };
  } catch (error) {
    if (!isUnfit(error)) throw error;
    throw new MissingToolchain(error.message.replace(/^.*? failed: /, ''));
  }
}

/** Whether the examination has come to its end: an interpreter that breaks, or takes too long, is not a missing one. */
function isUnfit(error: unknown): error is Error {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === UNFIT;
}
