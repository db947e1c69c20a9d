import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { folderExists } from './make-folder.js';

/**
 * The folders with libraries below a root of unpacked Debian packages, as LD_LIBRARY_PATH wants them; empty when there are none.
 * Debian keeps libraries in usr/lib/<architecture triple>, some in lib/<triple>; only the packages know which.
 */
export async function listLibraryFolders(root: string): Promise<string> {
  const folders: string[] = [];
  for (const parent of [join(root, 'usr/lib'), join(root, 'lib')]) {
    if (!(await folderExists(parent))) continue;
    for (const entry of await readdir(parent, { withFileTypes: true }))
      if (entry.isDirectory() && entry.name.includes('linux')) folders.push(join(parent, entry.name));
  }
  return folders.join(':');
}
