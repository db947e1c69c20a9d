import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { toCompiled } from './test-files.js';

export interface MochaOptions {
  /** Only tests with this text in their titles. */
  readonly grep?: string | undefined;
  /** How many files run at the same time. */
  readonly filesAtOnce: number;
  /** Whether what it prints comes out when it ends, since another run prints at the same time. Default false. */
  readonly printsAtEnd?: boolean;
  /** Further arguments of mocha. */
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What came of a run. */
export interface MochaResult {
  readonly passed: boolean;
  /** How many tests there were; 0 too when it broke off. */
  readonly tests: number;
  /** Below the summary; of a run that broke off, its last lines. Empty when all passed. */
  readonly failures: string;
}

/** Nothing hangs for longer, in milliseconds. */
const TIMEOUT_MS = 900_000;
const LAST_LINES = 40;
// biome-ignore lint/suspicious/noControlCharactersInRegex: mocha's colours
const COLOURS = /\x1b\[\d+m/g;

/** Runs the compiled files of these sources and prints what mocha prints. */
export async function runMocha(files: readonly string[], options: MochaOptions): Promise<MochaResult> {
  const { grep, filesAtOnce, printsAtEnd = false, args = [], environment } = options;
  const command = [
    'node_modules/mocha/bin/mocha.js',
    ...(filesAtOnce > 1 ? ['--parallel', '--jobs', String(filesAtOnce)] : []),
    ...(grep === undefined ? [] : ['--fgrep', grep]),
    // A pipe is not a terminal, but what it is written on may be one.
    ...(process.stdout.isTTY ? ['--color'] : []),
    ...args,
    ...files.map(toCompiled),
  ];
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (!printsAtEnd) process.stdout.write(text);
    });
  }
  const [code] = await once(child, 'close');
  if (printsAtEnd) process.stdout.write(printed);
  return toResult(printed, code === 0);
}

/** The pure part of `runMocha`: reads what the spec reporter printed. */
export function toResult(printed: string, passed: boolean): MochaResult {
  const text = printed.replace(COLOURS, '');
  const count = (what: string) => Number(new RegExp(`^ +(\\d+) ${what}`, 'm').exec(text)?.[1] ?? 0);
  const [, afterSummary] = text.split(/^ +\d+ failing$/m);
  const lastLines = text.split('\n').slice(-LAST_LINES).join('\n');
  return {
    passed,
    tests: count('passing') + count('failing'),
    failures: passed ? '' : (afterSummary ?? lastLines),
  };
}
