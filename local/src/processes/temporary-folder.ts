import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder with everything in it. */
  close(): Promise<void>;
}

// Reads until its standard input ends, which the kernel does for us however we die. Servers that die at the same moment may
// still write for an instant, so the removal is repeated.
const GUARDIAN =
  'cat >/dev/null; for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$1" 2>/dev/null && exit; sleep 0.3; done';

/**
 * A folder that disappears with this process, even when that is killed with -9: a small shell waits for the end of its
 * standard input and removes it.
 */
export async function openTemporaryFolder(prefix: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  // PostgreSQL may run under another account; its own folder inside stays closed to all others.
  await chmod(path, 0o711);
  const guardian = spawn('sh', ['-c', GUARDIAN, 'guardian', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  await once(guardian, 'spawn');
  const gone = once(guardian, 'exit');
  return {
    path,
    close: async () => {
      guardian.stdin.end();
      await gone;
    },
  };
}
