import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFolder } from '../src/programs/make-folder.js';
import { withScratch } from './scratch.js';

describe('a folder of the cache', () => {
  it('is made once by several that want it at the same time, and leaves no drafts', () =>
    withScratch(async (folder) => {
      const target = join(folder, 'made');
      const make = (by: number) => makeFolder(target, (draft) => writeFile(join(draft, 'by'), String(by)));
      await Promise.all([make(1), make(2), make(3)]);
      expect(await readFile(join(target, 'by'), 'utf8')).to.match(/^[123]$/);
      expect(await readdir(folder)).to.deep.equal(['made']);
    }));

  it('is absent when filling it fails', () =>
    withScratch(async (folder) => {
      const fill = async (draft: string) => {
        await writeFile(join(draft, 'half'), '');
        throw new Error('disk full');
      };
      const error = await makeFolder(join(folder, 'made'), fill).catch((thrown: unknown) => thrown);
      expect(String(error)).to.contain('disk full');
      expect(await readdir(folder)).to.deep.equal([]);
    }));
});
