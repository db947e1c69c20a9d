import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What is wrong with the environment: all of it, by variable name, without the values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Appended to a variable's name, this names a file that holds its value. */
const FILE = '_FILE';

/**
 * Reads a configuration from the environment. A variable that is set to nothing counts as not set. The value of a variable `X`
 * may stand in a file that `X_FILE` names, as secrets of containers do; the file's last line break is not part of it.
 *
 * @param shape one zod schema for each variable that is read
 * @throws ConfigError naming every variable that is missing or wrong, and every file that can't be read
 */
export function readEnv<S extends z.ZodRawShape>(env: NodeJS.ProcessEnv, shape: S): z.output<z.ZodObject<S>> {
  const found = Object.keys(shape).map((name) => [name, findValue(env, name)] as const);
  const set = Object.fromEntries(found.map(([name, { value }]) => [name, value]));
  const unread = new Map(found.flatMap(([name, { problem }]) => (problem ? [[name, problem]] : [])));
  const read = z.object(shape).safeParse(set);
  if (read.success && unread.size === 0) return read.data;
  const wrong = (read.error?.issues ?? [])
    .map((issue) => ({ name: String(issue.path[0]), message: issue.message }))
    .filter(({ name }) => !unread.has(name))
    .map(({ name, message }) => toProblem(name, set, message));
  throw new ConfigError([...unread.values(), ...wrong]);
}

/** A variable's value, or why there is none although there should be. */
interface Found {
  readonly value?: string | undefined;
  readonly problem?: string;
}

function findValue(env: NodeJS.ProcessEnv, name: string): Found {
  const value = env[name] || undefined;
  const file = env[name + FILE] || undefined;
  if (file === undefined) return { value };
  if (value !== undefined)
    return { problem: `${name} and ${name}${FILE} are both set; one of them is enough` };
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { problem: `${name}${FILE}: ${file} is empty` } : { value: text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: `${name}${FILE}: ${file} can not be read (${code})` };
  }
}

function toProblem(name: string, set: Record<string, unknown>, message: string): string {
  return set[name] === undefined ? `${name} is not set` : `${name}: ${message}`;
}
