import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrorWithCode } from '../programs/make-folder.js';
import { traced } from '../work.js';
import type { ServerAccount } from './server-account.js';
import { type DeathSignal, shieldCommand } from './shielded-command.js';

/** Everything needed to start a server process, as often as necessary. */
export interface ProcessSpec {
  readonly id: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment, not additions to ours. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** What asks this server to stop in an orderly way; SIGKILL where nothing is lost by it. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGKILL';
  /** What ends it when the launcher is killed, and when its data are to be thrown away. */
  readonly deathSignal: DeathSignal;
  readonly account?: ServerAccount | undefined;
}

/** How a process ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly exited: Promise<ProcessExit>;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to stop, kills it when it is still there after the grace time (15 s by default), resolves when it is gone. */
  stop(graceMs?: number): Promise<ProcessExit>;
  /** Ends it at once, by its death signal; resolves when it is gone. */
  end(): Promise<ProcessExit>;
}

/** An edge may take 10.5 s to finish what it has begun; whoever takes longer hangs. */
const STOP_GRACE_MS = 15_000;

const LARGEST_LOG_BYTES = 10 * 1024 * 1024;

/**
 * Starts a process that ends with us, in a process group of its own: Ctrl-C reaches the launcher alone, which then stops the
 * others in its order.
 * @throws Error when the program can't be executed
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const { command, args, ids } = await shieldCommand(spec.command, spec.args, spec.environment.PATH, spec);
  const log = await openLog(spec.logFile);
  try {
    const child = spawn(command, args, {
      env: spec.environment,
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      ...ids,
    });
    const exited = once(child, 'exit').then(([code, signal]): ProcessExit => ({ code, signal }));
    // A program that can't be executed emits no exit; once() then rejects, and so does the next line, which reports it.
    exited.catch(() => undefined);
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${spec.id} was started without a pid`);
    return toRunningProcess(child.pid, exited, spec);
  } finally {
    await log.close();
  }
}

function toRunningProcess(
  pid: number,
  exited: Promise<ProcessExit>,
  { id, stopSignal, deathSignal }: ProcessSpec,
): RunningProcess {
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const signal = (name: NodeJS.Signals) => {
    // A pid that is gone may belong to a stranger by now.
    if (!gone) process.kill(pid, name);
  };
  const endBy = (name: NodeJS.Signals, graceMs: number) =>
    traced('stop', id, async () => {
      signal(name);
      signal('SIGCONT');
      const impatience = setTimeout(() => signal('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(impatience);
      return exit;
    });
  return {
    pid,
    startedAtMs: Date.now(),
    exited,
    signal,
    stop: (graceMs = STOP_GRACE_MS) => endBy(stopSignal, graceMs),
    end: () => endBy(`SIG${deathSignal}`, STOP_GRACE_MS),
  };
}

/** Appends, after setting a log aside that has grown too large: one old file is kept. */
async function openLog(file: string) {
  await mkdir(dirname(file), { recursive: true });
  try {
    if ((await stat(file)).size > LARGEST_LOG_BYTES) await rename(file, `${file}.1`);
  } catch (error) {
    if (!isErrorWithCode(error, 'ENOENT')) throw error;
  }
  return open(file, 'a', 0o640);
}
