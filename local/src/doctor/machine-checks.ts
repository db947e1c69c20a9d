import { statfs } from 'node:fs/promises';
import { type Finding, fail, ok, warn } from './finding.js';

/** The computer, as far as the stack depends on it. */
export interface ObservedMachine {
  /** `20.19.2` */
  readonly nodeVersion: string;
  readonly dataDir: string;
  readonly freeBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the stack's processes say they were started, in milliseconds since the epoch. */
  readonly startedAt: readonly number[];
}

const OLDEST_NODE = [20, 19] as const;
const SCARCE_BYTES = 1024 ** 3;
const TOO_FEW_BYTES = 128 * 1024 ** 2;
/** A process can't begin later than now; clocks that are being adjusted may differ by less. */
const CLOCK_SLACK_MS = 2_000;

export async function observeMachine(
  dataDir: string,
  startedAt: readonly (number | undefined)[],
): Promise<ObservedMachine> {
  const { bavail, bsize } = await statfs(dataDir);
  return {
    nodeVersion: process.versions.node,
    dataDir,
    freeBytes: bavail * bsize,
    now: Date.now(),
    startedAt: startedAt.filter((ms) => ms !== undefined),
  };
}

export function judgeMachine(machine: ObservedMachine): Finding[] {
  return [judgeNode(machine), judgeDisk(machine), judgeClock(machine)];
}

function judgeNode({ nodeVersion }: ObservedMachine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))
    return ok('node', `version ${nodeVersion}`);
  return fail('node', `version ${nodeVersion} is too old`, {
    why: `the services need ${OLDEST_NODE.join('.')} or later`,
    remedy: 'install it from https://nodejs.org/en/download, then make stop and make run',
  });
}

function judgeDisk({ freeBytes, dataDir }: ObservedMachine): Finding {
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free for ${dataDir}`;
  if (freeBytes >= SCARCE_BYTES) return ok('disk', free);
  const remedy = `make room; what uses it: du -xh --max-depth=2 ${dataDir} | sort -h`;
  if (freeBytes >= TOO_FEW_BYTES)
    return warn('disk', free, { why: 'PostgreSQL stops writing when nothing is left', remedy });
  return fail('disk', free, { why: 'PostgreSQL and the logs are about to stop writing', remedy });
}

function judgeClock({ now, startedAt }: ObservedMachine): Finding {
  const aheadMs = Math.max(0, ...startedAt.map((ms) => ms - now));
  if (aheadMs <= CLOCK_SLACK_MS) return ok('clock', new Date(now).toISOString());
  return fail('clock', `${new Date(now).toISOString()} is ${Math.round(aheadMs / 1_000)} s too early`, {
    why: 'processes of the stack began later than that: the clock was set back, and tokens and deadlines go by it',
    remedy: 'set the clock (timedatectl set-ntp true), then make roll SERVICE=all',
  });
}
