import { cp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openTemporaryFolder, runCommand, traced } from '@flight/local';
import type { Place } from '../../../src/place.js';
import type { Project } from './project.js';
import { tryAgain } from './try-again.js';

/** The versions of the tools that this checkout uses. */
const TOOLS = ['typescript', '@types/node'];

const INSTALL_TIMEOUT_MS = 180_000;

/** The same, of TypeScript. */
export interface TypeScriptProject extends Project {
  /** @throws Error with what the compiler says of programs, by their files' names, that are not correct */
  compile(programs: Readonly<Record<string, string>>): Promise<void>;
}

/** An npm project that has the tarball and, as its users have, TypeScript. */
export function openTypeScriptProject(place: Place, tarball: string): Promise<TypeScriptProject> {
  return traced('package', 'typescript project', () => openProject(place, tarball));
}

async function openProject(place: Place, tarball: string): Promise<TypeScriptProject> {
  const folder = await openTemporaryFolder('flight-typescript-');
  const example = join(place.sdk, 'examples/typescript');
  for (const name of ['package.json', 'tsconfig.json'])
    await cp(join(example, name), join(folder.path, name));
  const { devDependencies } = JSON.parse(await readFile(join(place.checkout, 'package.json'), 'utf8'));
  const tools = TOOLS.map((name) => `${name}@${devDependencies[name]}`);
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const options = { cwd: folder.path, timeoutMs: INSTALL_TIMEOUT_MS };
  await tryAgain(() => runCommand('npm', [...install, tarball, ...tools], options));
  async function compile(programs: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, program] of Object.entries(programs)) await writeFile(join(folder.path, name), program);
    await runCommand(join(folder.path, 'node_modules/.bin/tsc'), [], { cwd: folder.path });
  }
  return {
    compile,
    async run(file, environment) {
      const name = basename(file);
      await compile({ [name]: await readFile(file, 'utf8') });
      return runCommand(process.execPath, [name.replace(/\.ts$/, '.js')], {
        cwd: folder.path,
        environment: { ...place.environment, ...environment },
      });
    },
    close: folder.close,
  };
}
