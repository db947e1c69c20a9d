import { readFile } from 'node:fs/promises';

/**
 * Each connection is an open file, in the server's process and in the crowd's; both inherit this process's limit.
 *
 * @throws when this process may not open so many files
 */
export async function assertOpenFiles(count: number): Promise<void> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const [, soft = '0'] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
  if (soft === 'unlimited' || Number(soft) >= count) return;
  throw new Error(`${count} open files are needed and ${soft} are allowed: run \`ulimit -n ${count}\` first`);
}
