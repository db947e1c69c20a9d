import { findOnPath } from '../programs/find-on-path.js';
import type { ServerAccount } from './server-account.js';

/** A command line, and the ids that spawn must set when no wrapper does it. */
export interface ShieldedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** Ends a process at once: INT lets PostgreSQL write down what it has; QUIT does not, but frees its shared memory, which KILL leaves. */
export type DeathSignal = 'KILL' | 'INT' | 'QUIT';

export interface ShieldOptions {
  readonly account?: ServerAccount | undefined;
  /** What the kernel sends when the launcher dies, however it dies; absent for commands that end by themselves. */
  readonly deathSignal?: DeathSignal | undefined;
}

/**
 * Runs a command through util-linux' setpriv, which changes the account and asks the kernel to end the process with its
 * launcher (prctl(2), PR_SET_PDEATHSIG), then becomes the command: the pid stays the same. Where there is no setpriv (macOS)
 * only the account is changed.
 */
export async function shieldCommand(
  command: string,
  args: readonly string[],
  path: string | undefined,
  options: ShieldOptions,
): Promise<ShieldedCommand> {
  return toShieldedCommand(command, args, await findOnPath('setpriv', path), options);
}

/** The pure part of `shieldCommand`. */
export function toShieldedCommand(
  command: string,
  args: readonly string[],
  setpriv: string | undefined,
  { account, deathSignal }: ShieldOptions,
): ShieldedCommand {
  if (setpriv === undefined)
    return { command, args, ...(account && { ids: { uid: account.uid, gid: account.gid } }) };
  const wrapper: string[] = [];
  if (account) wrapper.push(`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups');
  if (account?.passage) wrapper.push(`--inh-caps=+${account.passage}`, `--ambient-caps=+${account.passage}`);
  if (deathSignal) wrapper.push(`--pdeathsig=${deathSignal}`);
  return wrapper.length === 0
    ? { command, args }
    : { command: setpriv, args: [...wrapper, '--', command, ...args] };
}
