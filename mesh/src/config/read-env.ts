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

/**
 * Reads a configuration from the environment. A variable that is set to nothing counts as not set.
 *
 * @param shape one zod schema for each variable that is read
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readEnv<S extends z.ZodRawShape>(env: NodeJS.ProcessEnv, shape: S): z.output<z.ZodObject<S>> {
  const set = Object.fromEntries(
    Object.keys(shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  );
  const read = z.object(shape).safeParse(set);
  if (read.success) return read.data;
  throw new ConfigError(
    read.error.issues.map((issue) => toProblem(String(issue.path[0]), set, issue.message)),
  );
}

function toProblem(name: string, set: Record<string, unknown>, message: string): string {
  return set[name] === undefined ? `${name} is not set` : `${name}: ${message}`;
}
