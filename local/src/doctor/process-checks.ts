import { readFile } from 'node:fs/promises';
import { accepts } from '../observe/accepts.js';
import { isErrorWithCode } from '../programs/make-folder.js';
import { isAlive } from '../stack/run-lock.js';
import type { StackProcess } from '../stack/running-stack.js';
import { type Finding, fail, ok } from './finding.js';

/** A process of the stack, as the kernel sees it. */
export interface ObservedProcess extends Pick<StackProcess, 'id' | 'address'> {
  /** Absent when there is none, or it is gone. */
  readonly pid: number | undefined;
  readonly isFrozen: boolean;
  /** Whether somebody accepts connections at its address. */
  readonly isAccepting: boolean;
  readonly logFile: string;
}

export async function observeProcesses(
  processes: readonly StackProcess[],
  toLogFile: (id: string) => string,
): Promise<ObservedProcess[]> {
  return Promise.all(
    processes.map(async ({ id, address, pid: recorded }) => {
      const pid = recorded !== undefined && isAlive(recorded) ? recorded : undefined;
      const isFrozen = pid !== undefined && (await readState(pid)) === 'T';
      return { id, address, pid, isFrozen, isAccepting: await accepts(address), logFile: toLogFile(id) };
    }),
  );
}

/** One finding for all that are well, one for each that is not. */
export function judgeProcesses(processes: readonly ObservedProcess[]): Finding[] {
  const troubles = processes.flatMap((process) => findTrouble(process) ?? []);
  const well = processes.length - troubles.length;
  return well === 0 ? troubles : [ok('processes', `${well} run and accept connections`), ...troubles];
}

function findTrouble({
  id,
  pid,
  address,
  isFrozen,
  isAccepting,
  logFile,
}: ObservedProcess): Finding | undefined {
  const port = address.split(':')[1];
  if (pid === undefined && isAccepting)
    return fail(id, `is down, but somebody accepts connections at ${address}`, {
      why: 'another program has taken its port while it was away',
      remedy: `find it (ss -ltnp 'sport = :${port}') and end it; the instance starts again by itself`,
    });
  if (pid === undefined)
    return fail(id, 'is down', {
      why: 'it ended, and its supervisor waits longer from one attempt to the next (up to 30 s)',
      remedy: `read the end of its log: tail -n 20 ${logFile}`,
    });
  if (isFrozen)
    return fail(id, `pid ${pid} is frozen`, {
      why: 'somebody sent it SIGSTOP; what is asked of it waits to its deadline',
      remedy: `kill -CONT ${pid}, or kill -KILL ${pid} to have it started anew`,
    });
  if (isAccepting) return undefined;
  return fail(id, `pid ${pid} accepts no connections at ${address}`, {
    why: 'it is still starting, stopping, or waits for something',
    remedy: `read the end of its log: tail -n 20 ${logFile}`,
  });
}

/** `R`, `S`, `T` (stopped) … of proc(5); undefined where there is no /proc. */
async function readState(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
