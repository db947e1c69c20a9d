import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@flight/local';
import type { Place } from './place.js';
import { preparePythonTools } from './python-environment.js';

/**
 * Builds the Python wheel. Answers its path.
 * @throws MissingToolchain
 */
export async function buildPython(place: Place): Promise<string> {
  const python = await preparePythonTools(place);
  const template = join('sdk', 'templates', 'python.gen.yaml');
  // What Python compiles on its way stays out of the source tree.
  const environment = { ...place.environment, PYTHONPYCACHEPREFIX: join(place.tools, 'python-compiled') };
  await runCommand(
    join(place.checkout, 'node_modules', '.bin', 'buf'),
    ['generate', '--template', template],
    {
      cwd: place.checkout,
      environment,
    },
  );
  const project = await assemble(place);
  await mkdir(place.packages, { recursive: true });
  await runCommand(
    python,
    ['-m', 'build', '--wheel', '--no-isolation', '--outdir', place.packages, project],
    { environment: { ...environment, FLIGHT_SDK_VERSION: place.version } },
  );
  return join(place.packages, `flight_sdk-${place.version}-py3-none-any.whl`);
}

/** Brings together what the wheel is made of: a project that stands by itself. Answers its folder. */
async function assemble(place: Place): Promise<string> {
  const source = join(place.sdk, 'python');
  const project = join(place.tools, 'python-project');
  await rm(project, { recursive: true, force: true });
  await mkdir(project, { recursive: true });
  for (const [from, to] of [
    [join(source, 'pyproject.toml'), 'pyproject.toml'],
    [join(source, 'README.md'), 'README.md'],
    [join(place.checkout, 'LICENSE'), 'LICENSE'],
    // Two folders become one package.
    [join(source, 'src', 'flight'), 'flight'],
    [join(source, 'gen', 'flight'), 'flight'],
    [join(place.sdk, 'CHANGELOG.md'), join('flight', 'CHANGELOG.md')],
  ] as const) {
    await cp(from, join(project, to), { recursive: true });
  }
  return project;
}
