import { askLauncher } from '../stack/control-client.js';
import { type Finding, fail, ok } from './finding.js';

/** The launcher, which holds all the others. */
export interface ObservedLauncher {
  readonly pid: number;
  /** Why it does not answer. */
  readonly ailment: string | undefined;
}

const TIMEOUT_MS = 2_000;

export async function observeLauncher(dataDir: string, pid: number): Promise<ObservedLauncher> {
  try {
    await askLauncher(dataDir, { command: 'ping' }, undefined, AbortSignal.timeout(TIMEOUT_MS));
    return { pid, ailment: undefined };
  } catch (error) {
    return { pid, ailment: error instanceof Error ? error.message : String(error) };
  }
}

export function judgeLauncher({ pid, ailment }: ObservedLauncher): Finding[] {
  if (ailment === undefined) return [ok('launcher', `pid ${pid} takes orders`)];
  return [
    fail('launcher', `pid ${pid} takes no orders`, {
      why: `${ailment}; without it nothing that dies is started again`,
      remedy: `if it is frozen (ps -o stat= -p ${pid} says T): kill -CONT ${pid}; else make stop and make run`,
    }),
  ];
}
