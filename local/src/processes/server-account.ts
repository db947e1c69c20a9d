import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Machine } from '../machine.js';
import { PlainError } from '../plain-error.js';

/** A power of root (capabilities(7)) that lets another account walk through folders that only root may enter. */
export type Passage = 'dac_read_search' | 'dac_override';

/** The user that a server runs as when the launcher is root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Present when the server's files lie below a folder that only root may enter, such as a checkout in /root. */
  readonly passage?: Passage;
}

/**
 * Who runs PostgreSQL, which refuses to be root: the system's own `postgres` account, else `nobody`. Undefined when this
 * process isn't root and can run it as itself.
 * @throws PlainError when there is no such account, or when it can't be let to these files
 */
export async function findServerAccount(
  machine: Machine,
  files: readonly string[],
): Promise<ServerAccount | undefined> {
  if (!machine.isRoot) return undefined;
  const account = parseAccount(await readFile('/etc/passwd', 'utf8'));
  if (!account)
    throw new PlainError('PostgreSQL refuses to run as root, and there is no account "postgres" or "nobody"');
  for (const file of files) {
    const closed = await findClosedFolder(file);
    if (closed === undefined) continue;
    const passage = parsePassage(await readFile('/proc/self/status', 'utf8'));
    if (passage) return { ...account, passage };
    throw new PlainError(
      `PostgreSQL runs as "${account.name}" here, which may not enter ${closed}: move the checkout, or chmod o+x it`,
    );
  }
  return account;
}

/** The account in a text like /etc/passwd, or undefined. */
export function parseAccount(passwd: string): ServerAccount | undefined {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = entries.find(([candidate]) => candidate === wanted) ?? [];
    if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** The weakest power that suffices and that a process with this /proc/…/status has to give; containers lack the first. */
export function parsePassage(status: string): Passage | undefined {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if (effective & (1n << 2n)) return 'dac_read_search';
  return effective & (1n << 1n) ? 'dac_override' : undefined;
}

/** The first folder above the file that not everybody may enter, or undefined. */
async function findClosedFolder(file: string): Promise<string | undefined> {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (((await stat(folder)).mode & 0o001) === 0) return folder;
  return undefined;
}
