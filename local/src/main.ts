import { join } from 'node:path';
import { backUp, restore } from './commands/backup.js';
import { clean } from './commands/clean.js';
import { doctor } from './commands/doctor.js';
import { etl } from './commands/etl.js';
import { roll } from './commands/roll.js';
import { run } from './commands/run.js';
import { status } from './commands/status.js';
import { stop } from './commands/stop.js';
import { thisMachine } from './machine.js';
import { PlainError } from './plain-error.js';
import { SERVICES } from './stack/services.js';

const machine = thisMachine();
const dataDir = join(machine.checkout, '.local');
const print = (line: string) => console.log(line);

const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  run: () => run({ machine, dataDir, services: SERVICES, print }),
  status: () => status(dataDir, print),
  roll: () => roll(dataDir, process.argv[3], print),
  doctor: () => doctor({ machine, dataDir, services: SERVICES, colour: isTerminal() }, print),
  etl: () => etl({ machine, dataDir, print }),
  backup: () => backUp({ machine, dataDir, print }, machine.environment.TO),
  restore: () => restore({ machine, dataDir, print }, machine.environment.FROM),
  stop: () => stop(dataDir, print),
  clean: () => clean(dataDir, print),
};

/** @see https://no-color.org */
function isTerminal(): boolean {
  return Boolean(process.stdout.isTTY) && !machine.environment.NO_COLOR;
}

const command = COMMANDS[process.argv[2] ?? ''];
try {
  if (!command) throw new PlainError(`usage: main.js ${Object.keys(COMMANDS).join(' | ')}`);
  process.exitCode = await command();
} catch (error) {
  console.error(error instanceof PlainError ? error.message : error);
  process.exitCode = 1;
}
