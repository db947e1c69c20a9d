/** Reads a whole number from the environment. @throws when it is none, or not in its range */
export function readCount(
  env: NodeJS.ProcessEnv,
  name: string,
  usual: number,
  [least, most]: readonly [number, number],
): number {
  const value = Number(env[name] || usual);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} takes a whole number from ${least} to ${most}`);
  return value;
}
