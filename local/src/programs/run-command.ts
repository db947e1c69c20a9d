import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { traced } from '../work.js';

const execFileAsync = promisify(execFile);

export interface CommandOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Killed after this long; default 2 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Runs a short-lived command and answers what it printed.
 * @throws Error with the command's own last words when it fails, can't be found or takes too long.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { environment, cwd, timeoutMs = 120_000 }: CommandOptions = {},
): Promise<string> {
  const options = {
    ...(environment && { env: environment }),
    ...(cwd !== undefined && { cwd }),
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 1024 * 1024,
  } as const;
  try {
    const { stdout } = await traced('program', command, () => execFileAsync(command, args, options));
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args[0] ?? ''} failed: ${toLastWords(error)}`, { cause: error });
  }
}

function toLastWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Compilers complain on standard output.
  for (const words of [wordsOf(error, 'stderr'), wordsOf(error, 'stdout')])
    if (words !== '') return words.split('\n').slice(-2).join(' ');
  return 'killed' in error && error.killed === true ? 'took too long' : error.message;
}

function wordsOf(error: Error, stream: 'stderr' | 'stdout'): string {
  const printed = Object.entries(error).find(([name]) => name === stream)?.[1];
  return typeof printed === 'string' ? printed.trim() : '';
}
