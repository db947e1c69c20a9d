import { stat } from 'node:fs/promises';
import { runCommand } from './run-command.js';

const TIMEOUT_MS = 20_000;

const printed = new Map<string, Promise<string>>();

/**
 * Runs a program that prints its version (`['--version']`) and answers what it printed. A file that has not changed is not run again:
 * starting one may take longer than starting its server.
 * @throws Error with its last words when it fails
 */
export async function printVersion(
  command: string,
  args: readonly string[],
  environment?: NodeJS.ProcessEnv,
): Promise<string> {
  const { ino, mtimeMs } = await stat(command);
  const key = JSON.stringify([command, ino, mtimeMs, environment]);
  const known = printed.get(key);
  if (known) return known;
  const printing = runCommand(command, args, { timeoutMs: TIMEOUT_MS, ...(environment && { environment }) });
  printed.set(key, printing);
  printing.catch(() => printed.delete(key));
  return printing;
}
