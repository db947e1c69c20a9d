import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openTemporaryFolder, runCommand } from '@flight/local';
import type { Place } from './place.js';

/** What goes into the tarball beside the compiled code. */
const PAGES = ['sdk/typescript/README.md', 'sdk/CHANGELOG.md', 'LICENSE'];

/**
 * Packs what `make build` generated and compiled. Answers the tarball's path. It is packed aside: there the package's description
 * gets its version, and loses what only this workspace needs.
 */
export async function buildTypeScript({ checkout, sdk, packages, version }: Place): Promise<string> {
  const folder = await openTemporaryFolder('flight-sdk-');
  try {
    const source = join(sdk, 'typescript');
    const { scripts, devDependencies, ...manifest } = JSON.parse(
      await readFile(join(source, 'package.json'), 'utf8'),
    );
    const description = JSON.stringify({ ...manifest, version }, undefined, 2);
    await writeFile(join(folder.path, 'package.json'), `${description}\n`);
    for (const part of ['dist/src', 'dist/gen'])
      await cp(join(source, part), join(folder.path, part), { recursive: true });
    for (const page of PAGES) await cp(join(checkout, page), join(folder.path, basename(page)));
    await mkdir(packages, { recursive: true });
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', packages];
    const [packed] = JSON.parse(await runCommand('npm', args, { cwd: folder.path }));
    return join(packages, packed.filename);
  } finally {
    await folder.close();
  }
}
