import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '@flight/local';

/** Where packages are made, and of which version. */
export interface Place extends Machine {
  /** The folder of this room. */
  readonly sdk: string;
  /** Tools of the builds, made once: plugins, a Python environment. Safe to delete. */
  readonly tools: string;
  /** Where finished packages go. */
  readonly packages: string;
  /** The version of all packages, from sdk/package.json. */
  readonly version: string;
}

/** This checkout. @throws Error when sdk/package.json says no version */
export async function thisPlace(machine: Machine = thisMachine()): Promise<Place> {
  const sdk = join(machine.checkout, 'sdk');
  const { version } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8'));
  if (typeof version !== 'string') throw new Error('sdk/package.json says no version');
  return { ...machine, sdk, tools: join(machine.cache, 'sdk'), packages: join(sdk, 'packages'), version };
}
