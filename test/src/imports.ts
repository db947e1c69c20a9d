import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

/** One import of one source file. */
export interface Import {
  /** Path of the importing file from the root of the checkout. */
  readonly file: string;
  /** What is imported, as written: `./fault.js`, `@flight/mesh`, `node:fs`. */
  readonly specifier: string;
  /** For a relative import, the path that it leads to, from the root of the checkout. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every import of every TypeScript file in a folder of the checkout; none where there is no such folder. */
export async function importsIn(root: string, folder: string): Promise<readonly Import[]> {
  const files = await sourceFiles(join(root, folder));
  return (await Promise.all(files.map((file) => importsOf(root, file)))).flat();
}

/** Every TypeScript file below a folder. */
export async function sourceFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function importsOf(root: string, file: string): Promise<readonly Import[]> {
  const text = await readFile(file, 'utf8');
  const found = [
    ...[...text.matchAll(STATEMENT)].map(([, type, specifier]) => ({
      typeOnly: type !== undefined,
      specifier,
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, specifier]) => ({ typeOnly: false, specifier })),
  ];
  return found.map(({ typeOnly, specifier = '' }) => ({
    file: relative(root, file),
    specifier,
    target: specifier.startsWith('.') ? relative(root, resolve(dirname(file), specifier)) : undefined,
    typeOnly,
  }));
}
