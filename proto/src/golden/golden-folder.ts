import { readFile } from 'node:fs/promises';

/** Where a file of proto/golden is. */
export function toGoldenUrl(name: string): URL {
  return new URL(`../../../golden/${name}`, import.meta.url);
}

/** What stands in a file of proto/golden; undefined when there is none. */
export async function readGoldenText(name: string): Promise<string | undefined> {
  try {
    return await readFile(toGoldenUrl(name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
