import { readFile } from 'node:fs/promises';

/** CPU time that a process has used so far, user and system, in seconds. */
export type CpuSeconds = number;

/** Linux counts CPU time in hundredths of a second (USER_HZ, fixed by its ABI). */
const TICKS_PER_SECOND = 100;

/**
 * CPU time of a process and of the children it waits for, from /proc.
 *
 * @throws when there is no such process, or no /proc
 */
export async function cpuSecondsOf(pid: number): Promise<CpuSeconds> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The command stands in brackets and may hold anything, blanks and brackets too: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS_PER_SECOND;
}

/** A process and all below it: PostgreSQL answers each connection from a process of its own. */
export async function cpuSecondsOfTree(pid: number): Promise<CpuSeconds> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const below = children
    .trim()
    .split(' ')
    .filter((child) => child !== '');
  const each = await Promise.all(below.map((child) => cpuSecondsOfTree(Number(child)).catch(() => 0)));
  return (await cpuSecondsOf(pid)) + each.reduce((sum, seconds) => sum + seconds, 0);
}
