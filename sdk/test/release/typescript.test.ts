import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@flight/local';
import { expect } from 'chai';
import { type Place, thisPlace } from '../../src/place.js';
import { builtOrSkipped } from './support/built-or-skipped.js';
import { codeOf } from './support/code-of.js';
import { openTypeScriptProject, type TypeScriptProject } from './support/typescript-project.js';

describe('the npm package', function () {
  this.timeout(120_000);
  let place: Place;
  let tarball: string;

  before(async function () {
    place = await thisPlace();
    tarball = await builtOrSkipped(this, 'typescript');
  });

  it('brings its code, types, licence, README and changelog, and nothing else', async () => {
    const listed = (await runCommand('tar', ['-tzf', tarball])).trim().split('\n');
    const unpacked = listed.map((path) => path.replace(/^package\//, ''));
    const pages = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md'];
    expect(unpacked).to.include.members([...pages, 'dist/src/index.js', 'dist/src/index.d.ts']);
    const others = unpacked.filter((path) => !/^dist\/(src|gen)\/[\w/-]+\.(js|d\.ts)$/.test(path));
    expect(others).to.have.members(pages);
  });

  describe('in an empty project', () => {
    let project: TypeScriptProject;

    before(async function () {
      // What it needs besides comes from a registry.
      this.timeout(600_000);
      project = await openTypeScriptProject(place, tarball);
    });

    after(() => project?.close());

    it('does what its README says, as far as a compiler can tell', async () => {
      const readme = await readFile(join(place.sdk, 'typescript/README.md'), 'utf8');
      const programs = codeOf(readme, 'ts');
      expect(programs).to.have.length.above(3);
      await project.compile(Object.fromEntries(programs.map((text, index) => [`readme-${index}.ts`, text])));
    });
  });

  it('has the version of all packages, which the changelog knows', async () => {
    const manifest = JSON.parse(await runCommand('tar', ['-xzOf', tarball, 'package/package.json']));
    expect(manifest).to.include({ name: '@flight/sdk', version: place.version });
    expect(manifest).not.to.have.any.keys('private', 'scripts', 'devDependencies');
    const changelog = await readFile(join(place.sdk, 'CHANGELOG.md'), 'utf8');
    expect(changelog).to.contain(`\n## ${place.version}\n`);
  });

  for (const page of ['typescript/README.md', 'python/README.md', 'examples/README.md'])
    it(`has the version that ${page} tells to install`, async () => {
      const text = await readFile(join(place.sdk, page), 'utf8');
      const told = [...text.matchAll(/(?:flight[-_]sdk-|flight\.example\/sdk@v)(\d+\.\d+\.\d+)/g)];
      expect(told).not.to.have.length(0);
      for (const [, version] of told) expect(version).to.equal(place.version);
    });
});
