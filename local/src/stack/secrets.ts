import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorWithCode } from '../programs/make-folder.js';

/** Answers a secret by its name. @throws Error for a name that was not asked for when they were opened */
export type Secrets = (name: string) => string;

/**
 * The secrets of one data folder, each made once, of 32 random bytes (43 characters), and kept in a file that only its owner
 * reads.
 */
export async function openSecrets(dataDir: string, names: readonly string[]): Promise<Secrets> {
  const file = join(dataDir, 'secrets.json');
  const secrets = await readSecrets(file);
  const missing = names.filter((name) => secrets[name] === undefined);
  for (const name of missing) secrets[name] = randomBytes(32).toString('base64url');
  if (missing.length > 0) {
    await mkdir(dataDir, { recursive: true });
    await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return (name) => {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`no secret was made for ${name}`);
    return secret;
  };
}

async function readSecrets(file: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return {};
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${file} holds no secrets`);
  for (const [name, value] of Object.entries(parsed))
    if (typeof value !== 'string') throw new Error(`${file}: ${name} is not a text`);
  return parsed as Record<string, string>;
}
