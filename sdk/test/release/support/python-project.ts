import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { openTemporaryFolder, traced } from '@flight/local';
import type { Place } from '../../../src/place.js';
import { installPython, makePythonEnvironment, preparePythonTools } from '../../../src/python-environment.js';
import { tryAgain } from './try-again.js';

/** An empty project that a wheel was installed into. */
export interface PythonProject {
  readonly folder: string;
  /** The project's interpreter. */
  readonly python: string;
  /** Runs a file there, and answers what it printed. @throws Error with all that it printed, when it fails */
  run(file: string, environment?: Readonly<Record<string, string>>): Promise<string>;
  /** The same with the oldest grpcio that the wheel allows: the builder's own. */
  runWithOldest(file: string, environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs a module of the builder's tools there, such as mypy; answers and throws as `run` does. */
  runTool(args: readonly string[], cwd?: string): Promise<string>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 300_000;

/**
 * Opens an empty project in a temporary folder, and installs a wheel there, with the newest of what it asks for.
 * @throws MissingToolchain
 */
export function openPythonProject(place: Place, wheel: string): Promise<PythonProject> {
  return traced('package', 'python project', () => openProject(place, wheel));
}

async function openProject(place: Place, wheel: string): Promise<PythonProject> {
  const tools = await tryAgain(() => preparePythonTools(place));
  const temporary = await openTemporaryFolder('flight-python-');
  const { PYTHONPATH: _, ...clean } = place.environment;
  // What Python compiles on its way stays out of the source tree.
  const settings = { ...clean, PYTHONPYCACHEPREFIX: join(temporary.path, 'compiled') };
  try {
    const python = await makePythonEnvironment(place, join(temporary.path, 'environment'));
    await tryAgain(() => installPython(tools, python, [wheel]));
    const alone = join(temporary.path, 'alone');
    await tryAgain(() => installPython(tools, tools, ['--no-deps', '--target', alone, wheel]));
    return {
      folder: temporary.path,
      python,
      run: (file, environment) => run(python, [file], temporary.path, { ...settings, ...environment }),
      runWithOldest: (file, environment) =>
        run(tools, [file], temporary.path, { ...settings, ...environment, PYTHONPATH: alone }),
      runTool: (args, cwd = temporary.path) => run(tools, ['-m', ...args], cwd, settings),
      close: () => temporary.close(),
    };
  } catch (error) {
    await temporary.close();
    throw error;
  }
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
    } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error)
        reject(new Error(`${args.join(' ')} failed (${error.code ?? error.signal}):\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}
