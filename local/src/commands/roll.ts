import { PlainError } from '../plain-error.js';
import { askLauncher } from '../stack/control-client.js';
import { findRunner } from '../stack/run-lock.js';
import { NOT_RUNNING } from './exit-codes.js';

/**
 * Has the running stack restart a service one instance at a time. Answers 0 when all came back, 1 when one did not or the roll
 * was refused, 3 when nothing runs.
 * @param service `user`, `booking`, `edge` (or their full names), `all`
 */
export async function roll(
  dataDir: string,
  service: string | undefined,
  print: (line: string) => void,
): Promise<number> {
  if (service === undefined || service === '') throw new PlainError('usage: make roll SERVICE=booking');
  if ((await findRunner(dataDir)) === undefined) {
    print('not running; "make run" starts it');
    return NOT_RUNNING;
  }
  try {
    await askLauncher(dataDir, { command: 'roll', service }, print);
    return 0;
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    print(`not rolled: ${error.message}`);
    return 1;
  }
}
