import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorWithCode } from '../programs/make-folder.js';

/** Says which process runs a data folder's stack. */
export interface RunLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** When the kernel says the process was born, since pids are used again; empty where there is no /proc. */
  readonly birth: string;
}

/**
 * Takes the folder for this process, or answers the pid of the living process that has it. A lock whose process is gone
 * counts for nothing.
 */
export async function takeRunLock(dataDir: string): Promise<RunLock | { readonly heldBy: number }> {
  const file = toFile(dataDir);
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  const holder: Holder = { pid: process.pid, birth: await readBirth(process.pid) };
  await writeFile(draft, JSON.stringify(holder));
  try {
    for (;;) {
      const heldBy = await findRunner(dataDir);
      if (heldBy !== undefined) return { heldBy };
      await rm(file, { force: true });
      // A link appears with its content or not at all, unlike a file that is created and then written.
      if (await tryLink(draft, file)) return { release: () => rm(file, { force: true }) };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** The pid of the process that runs this data folder's stack, or undefined. */
export async function findRunner(dataDir: string): Promise<number | undefined> {
  const text = await readIfThere(toFile(dataDir));
  if (text === undefined) return undefined;
  const { pid, birth }: Partial<Holder> = JSON.parse(text);
  if (pid === undefined || !isAlive(pid)) return undefined;
  return birth === (await readBirth(pid)) ? pid : undefined;
}

function toFile(dataDir: string): string {
  return join(dataDir, 'run.lock');
}

/** True while a process with this pid exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isErrorWithCode(error, 'EPERM');
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isErrorWithCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold blanks, so fields are counted behind it. */
async function readBirth(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
