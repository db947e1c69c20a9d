import { findRunner } from '../stack/run-lock.js';
import { waitUntil } from '../wait-until.js';

/** Asks the running stack, whichever terminal it is in, to stop, and waits for it. Answers the exit code. */
export async function stop(dataDir: string, print: (line: string) => void): Promise<number> {
  const runner = await findRunner(dataDir);
  if (runner === undefined) {
    print('not running');
    return 0;
  }
  process.kill(runner, 'SIGTERM');
  const findObstacle = async () =>
    (await findRunner(dataDir)) === runner ? 'it is still stopping' : undefined;
  await waitUntil(findObstacle, { what: `the stop of pid ${runner}`, timeoutMs: 60_000 });
  print(`stopped (pid ${runner})`);
  return 0;
}
