import { rm } from 'node:fs/promises';
import { findRunner } from '../stack/run-lock.js';

/** Removes the data folder with databases, logs and secrets; refuses while a stack uses it. Answers the exit code. */
export async function clean(dataDir: string, print: (line: string) => void): Promise<number> {
  const runner = await findRunner(dataDir);
  if (runner !== undefined) {
    print(`still running (pid ${runner}): "make stop" first`);
    return 1;
  }
  await rm(dataDir, { recursive: true, force: true });
  print(`removed ${dataDir}`);
  return 0;
}
