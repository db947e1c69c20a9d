import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Place, thisPlace } from '../../src/place.js';
import { builtOrSkipped } from './support/built-or-skipped.js';
import { codeOf } from './support/code-of.js';
import { openPythonProject, type PythonProject } from './support/python-project.js';

describe('the Python package', function () {
  this.timeout(600_000);
  let place: Place;
  let project: PythonProject;
  let source: string;
  let example: string;

  before(async function () {
    const wheel = await builtOrSkipped(this, 'python');
    place = await thisPlace();
    source = join(place.sdk, 'python');
    example = join(place.sdk, 'examples', 'python');
    project = await openPythonProject(place, wheel);
  });

  after(() => project?.close());

  it('is written as ruff wants it, with its tests and the example', async () => {
    // Where its settings are: they name folders.
    const what = ['--config', 'pyproject.toml', '--no-cache', '.', example];
    await project.runTool(['ruff', 'format', '--check', ...what], source);
    await project.runTool(['ruff', 'check', '--output-format', 'concise', ...what], source);
  });

  it('is typed strictly', async () => {
    await checkTypes(['-p', 'flight'], join(place.tools, 'python-project'));
    await checkTypes(['.'], join(source, 'tools'));
  });

  for (const [name, run] of [
    ['passes its own tests where it is installed', 'run'],
    ['passes them with the oldest grpcio that it allows', 'runWithOldest'],
  ] as const) {
    it(name, async () => {
      const golden = join(place.checkout, 'proto', 'golden');
      const printed = await project[run](join(source, 'tests', 'run.py'), { FLIGHT_GOLDEN: golden });
      expect(printed).to.match(/^Ran (8\d|9\d|\d{3,}) tests/m);
    });
  }

  it('has types for those who install it: the example, the tests, and the code of the README', async () => {
    const readme = await readFile(join(source, 'README.md'), 'utf8');
    const blocks = codeOf(readme, 'python');
    expect(blocks).to.have.length.above(5);
    expect(blocks[0]).to.include('flight.connect(consul="http://localhost:8500")');
    const first = join(project.folder, 'first_call.py');
    const all = join(project.folder, 'readme.py');
    await writeFile(first, `${blocks[0]}`);
    await writeFile(all, blocks.join('\n'));
    const asInstalled = ['--python-executable', project.python];
    await checkTypes([...asInstalled, '.', join(example, 'story.py'), first, all], join(source, 'tests'));
  });

  async function checkTypes(args: readonly string[], cwd: string): Promise<void> {
    const config = ['--config-file', join(source, 'pyproject.toml')];
    const cache = ['--cache-dir', join(place.tools, 'mypy')];
    await project.runTool(['mypy', '--strict', ...config, ...cache, ...args], cwd);
  }
});
