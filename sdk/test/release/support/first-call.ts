import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a package's README expects Consul. */
const USUAL_CONSUL = 'http://localhost:8500';

/**
 * Writes the program under «A first call» in a README into a file, with Consul where it really is. Answers the file's path.
 *
 * @throws Error when there is none, or it does not ask Consul
 */
export async function writeFirstCall(
  readme: string,
  folder: string,
  name: string,
  consulUrl: string,
): Promise<string> {
  const text = await readFile(readme, 'utf8');
  const program = /^## A first call$[\s\S]*?^```\w+\n([\s\S]*?)^```$/m.exec(text)?.[1];
  if (!program?.includes(USUAL_CONSUL))
    throw new Error(`${readme} has no first call through ${USUAL_CONSUL}`);
  const file = join(folder, name);
  await writeFile(file, program.replaceAll(USUAL_CONSUL, consulUrl));
  return file;
}
