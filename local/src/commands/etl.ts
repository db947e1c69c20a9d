import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Machine } from '../machine.js';
import { PlainError } from '../plain-error.js';
import { openSecrets } from '../stack/secrets.js';
import { readStackRecord } from '../stack/stack-record.js';
import { NOT_RUNNING } from './exit-codes.js';

interface EtlPlace {
  readonly machine: Machine;
  readonly dataDir: string;
  readonly print: (line: string) => void;
}

/** etl-service's own way to be asked for a run: it reads CONSUL_URL, SERVICE_SECRET and MODE. */
const ENTRY = 'etl-service/dist/src/ask/main.js';

/**
 * Asks the running stack to load its warehouse, and shows how that goes. Answers 0 when the run succeeded, 1 when it failed or
 * was refused, 3 when nothing runs.
 * @param entry what asks, relative to the checkout or absolute
 * @throws PlainError when etl-service is not built
 */
export async function etl({ machine, dataDir, print }: EtlPlace, entry = ENTRY): Promise<number> {
  const record = await readStackRecord(dataDir);
  if (record === undefined) {
    print('not running; "make run" starts it');
    return NOT_RUNNING;
  }
  const file = resolve(machine.checkout, entry);
  await access(file).catch((cause: unknown) => {
    throw new PlainError(`etl-service is not built (${file} is missing): run make build`, { cause });
  });
  const secrets = await openSecrets(dataDir, []);
  const own = { CONSUL_URL: record.consulUrl, SERVICE_SECRET: secrets('service') };
  const child = spawn(process.execPath, [file], {
    env: { ...machine.environment, ...own },
    stdio: 'inherit',
  });
  // A terminal's Ctrl-C reaches both; the one that asks says what it means.
  const stay = () => undefined;
  process.on('SIGINT', stay);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    process.off('SIGINT', stay);
  }
}
