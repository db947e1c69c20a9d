import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, so that its CPU time can be told from the load's. */
export interface ChildServer {
  readonly pid: number;
  /** What it printed first: where it listens. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Starts one of the modules in `servers/`. It prints its address when it listens and ends when its standard input
 * does, which happens also when this process is killed.
 *
 * @throws when it ends before it has said where it listens
 */
export async function startChild(
  module: string,
  args: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<ChildServer> {
  const file = fileURLToPath(new URL(`./servers/${module}.js`, import.meta.url));
  const child = spawn(process.execPath, [...nodeFlags, file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const first = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const [address] = await Promise.race([
    first,
    ended.then(() => Promise.reject(new Error(`${module} ended before it listened`))),
  ]);
  return {
    pid: child.pid ?? 0,
    address,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
