import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTemporaryFolder, type TemporaryFolder } from '@flight/local';
import { expect } from 'chai';
import { findGo } from '../src/go-toolchain.js';
import { MissingToolchain } from '../src/missing-toolchain.js';

describe('looking for Go', () => {
  let folder: TemporaryFolder;
  let modFile: string;

  before(async () => {
    folder = await openTemporaryFolder('flight-go-');
    modFile = join(folder.path, 'go.mod');
    await writeFile(modFile, 'module example\n\ngo 1.26.0\n');
  });

  after(() => folder.close());

  /** The message of what is missing, or 'found', where a Go of that version is on the PATH. */
  async function look(version: string | undefined): Promise<string> {
    if (version !== undefined) {
      const go = join(folder.path, 'go');
      await writeFile(go, `#!/bin/sh\necho ${version}\n`);
      await chmod(go, 0o755);
    }
    try {
      await findGo({ environment: { PATH: folder.path } }, modFile);
      return 'found';
    } catch (error) {
      if (!(error instanceof MissingToolchain)) throw error;
      return error.message;
    }
  }

  it('says which one is needed when there is none', async () => {
    expect(await look(undefined)).to.equal('Go 1.26.0 or later is needed: https://go.dev/dl');
  });

  it('says which one is needed when it is too old', async () => {
    expect(await look('go1.25.9')).to.equal(
      'Go 1.26.0 or later is needed, this is go1.25.9: https://go.dev/dl',
    );
    expect(await look('go1.9')).to.contain('Go 1.26.0 or later is needed');
  });

  for (const version of ['go1.26.0', 'go1.26', 'go1.26.8', 'go1.100.0', 'go2.0.0', 'go1.26.8-X:nodwarf5']) {
    it(`takes ${version}`, async () => {
      expect(await look(version)).to.equal('found');
    });
  }
});
