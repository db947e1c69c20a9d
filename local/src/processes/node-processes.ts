import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isErrorWithCode } from '../programs/make-folder.js';

/** By what the processes of one Patroni node are known: both paths are arguments of theirs and of nobody else's. */
export interface NodeMarks {
  /** Patroni's own argument. */
  readonly configFile: string;
  /** PostgreSQL's -D. */
  readonly clusterDir: string;
}

/** The processes of one node as they are now. */
export interface NodeProcesses {
  /** Absent while there is none, and so is the next one. */
  readonly patroni: number | undefined;
  readonly postmaster: number | undefined;
  /** The children of both: PostgreSQL's backends, or the tool with which Patroni copies a cluster. */
  readonly children: readonly number[];
}

/**
 * Looks a node's processes up in /proc (Linux; proc(5)). The postmaster is nobody's child: Patroni starts it through a process
 * that ends at once, so that PostgreSQL outlives Patroni. Reads at once, without waiting, so that nothing is forked in between
 * that matters.
 */
export function listNodeProcesses({ configFile, clusterDir }: NodeMarks): NodeProcesses {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const find = (program: RegExp, argument: string) =>
    all.find((pid) => {
      const [command = '', ...args] = readCommandLine(pid);
      return program.test(basename(command)) && args.includes(argument);
    });
  const patroni = find(/^python/, configFile);
  const postmaster = find(/^postgres$/, clusterDir);
  const parents = new Set([patroni, postmaster]);
  const children = all.filter((pid) => parents.has(readParent(pid)));
  return { patroni, postmaster, children };
}

/** All of them, those first that would start new ones. */
export function toPids({ patroni, postmaster, children }: NodeProcesses): number[] {
  return [patroni, postmaster, ...children].filter((pid) => pid !== undefined);
}

/** Sends a signal to each; who is gone in the meantime needs none. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isErrorWithCode(error, 'ESRCH')) throw error;
    }
  }
}

function readCommandLine(pid: number): string[] {
  return readIfThere(`/proc/${pid}/cmdline`).split('\0');
}

/** Field 4 of /proc/<pid>/stat; the name in field 2 may hold blanks, so fields are counted behind it. */
function readParent(pid: number): number | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Empty for a process that has ended. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return '';
    throw error;
  }
}
