import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { type Import, importsIn } from '../imports.js';

/** Which source files a source file needs, by paths from the root of the checkout. */
export interface SourceGraph {
  /** A file and every file that it imports, directly or not, types left out. */
  closureOf(file: string): ReadonlySet<string>;
  /** Every package or module of Node that a file or one of its closure imports: `node:fs`, `@flight/mesh`, `pg`. */
  modulesOf(file: string): ReadonlySet<string>;
}

/** Reads the imports of these packages (folders of the checkout), and of what they import of each other. */
export async function readSourceGraph(root: string, packages: readonly string[]): Promise<SourceGraph> {
  const exported = await readExports(root, packages);
  const imports = new Map<string, Import[]>();
  for (const folder of packages) {
    for (const part of ['src', 'test']) {
      for (const one of await importsIn(root, `${folder}/${part}`)) {
        if (one.typeOnly) continue;
        imports.set(one.file, [...(imports.get(one.file) ?? []), one]);
      }
    }
  }
  const targetOf = ({ target, specifier }: Import) =>
    target === undefined ? exported.get(specifier) : target.replace(/\.js$/, '.ts');

  function closureOf(file: string): ReadonlySet<string> {
    const seen = new Set([file]);
    for (const one of seen)
      for (const target of (imports.get(one) ?? []).map(targetOf)) if (target !== undefined) seen.add(target);
    return seen;
  }

  return {
    closureOf,
    modulesOf(file) {
      const all = [...closureOf(file)].flatMap((one) => imports.get(one) ?? []);
      return new Set(all.filter(({ target }) => target === undefined).map(({ specifier }) => specifier));
    },
  };
}

/** The source file behind each specifier that packages are imported by. */
async function readExports(root: string, packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of packages) {
    const { name, exports } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const entries: [string, unknown][] =
      typeof exports === 'string' ? [['.', exports]] : Object.entries(exports);
    for (const [entry, compiled] of entries) {
      if (typeof compiled !== 'string' || !compiled.endsWith('.js')) continue;
      const source = compiled.replace('/dist/', '/').replace(/\.js$/, '.ts');
      found.set(join(name, entry), relative(root, resolve(root, folder, source)));
    }
  }
  return found;
}
