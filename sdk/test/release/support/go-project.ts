import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openTemporaryFolder, runCommand, traced } from '@flight/local';
import { findGo, type GoToolchain } from '../../../src/go-toolchain.js';
import type { Place } from '../../../src/place.js';
import { tryAgain } from './try-again.js';

/** A project of somebody who uses the SDK: nothing of this checkout is in it but the packaged module. */
export interface GoProject {
  /** Builds a program from a file, runs it, and answers what it printed. It may take two minutes. */
  run(file: string, environment: Record<string, string>): Promise<string>;
  /**
   * Compiles a program and looks for what is suspicious in it.
   * @throws Error with what the compiler or `go vet` says
   */
  vet(source: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens an empty project that gets the module from a module proxy's folder, and everything else from where this machine
 * gets it.
 */
export function openGoProject(place: Place, modulePackages: string): Promise<GoProject> {
  return traced('package', 'go project', () => openProject(place, modulePackages));
}

async function openProject(place: Place, modulePackages: string): Promise<GoProject> {
  const source = join(place.sdk, 'go');
  const go = await findGo(place, join(source, 'go.mod'));
  const folder = await openTemporaryFolder('flight-go-');
  try {
    const at = join(folder.path, 'project');
    const main = join(at, 'main.go');
    const options = { cwd: at, environment: await projectEnvironment(go, folder.path, modulePackages) };
    await mkdir(at);
    await go.run(['mod', 'init', 'project'], options);
    // What the module was tested with is known: nobody need ask a checksum database again.
    await copyFile(join(source, 'go.sum'), join(at, 'go.sum'));
    await tryAgain(() => go.run(['get', `flight.example/sdk@v${place.version}`], options));
    return {
      async run(file, environment) {
        await copyFile(file, main);
        const program = join(folder.path, 'program');
        await go.run(['build', '-o', program, '.'], options);
        return runCommand(program, [], { cwd: at, environment: { ...place.environment, ...environment } });
      },
      async vet(code) {
        await writeFile(main, code);
        await go.run(['vet', '.'], options);
      },
      close: folder.close,
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

/**
 * A module cache of the project's own, or else an earlier build of the same version would be taken from the machine's.
 * The machine's is asked like a proxy, so that nothing is fetched twice.
 */
async function projectEnvironment(
  go: GoToolchain,
  folder: string,
  modulePackages: string,
): Promise<NodeJS.ProcessEnv> {
  const names = ['GOPROXY', 'GONOSUMDB', 'GOFLAGS', 'GOMODCACHE'];
  const { GOPROXY, GONOSUMDB, GOFLAGS, GOMODCACHE } = JSON.parse(
    await go.run(['env', '-json', ...names], { cwd: folder }),
  );
  const downloads = join(GOMODCACHE, 'cache', 'download');
  return {
    ...go.environment,
    GOWORK: 'off',
    GOMODCACHE: join(folder, 'modules'),
    GOPROXY: [pathToFileURL(modulePackages), pathToFileURL(downloads), GOPROXY].join(','),
    GONOSUMDB: [GONOSUMDB, 'flight.example'].filter((part) => part !== '').join(','),
    // Without the paths in them, compiled packages are the same wherever the module cache is. The cache can be removed.
    GOFLAGS: `${GOFLAGS} -trimpath -modcacherw`.trim(),
  };
}
