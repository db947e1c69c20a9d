import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorWithCode } from '../programs/make-folder.js';
import type { RedisAddress } from './infrastructure-plan.js';
import type { Instance, Stack, StackDatabase, StackProcess } from './running-stack.js';

/** What another terminal wants to know about a running stack. */
export interface StackRecord {
  readonly consulUrl: string;
  readonly redis: RedisAddress;
  readonly infrastructure: readonly StackProcess[];
  readonly instances: readonly Instance[];
  /** Their passwords are in the data folder's secrets. */
  readonly databases: readonly Omit<StackDatabase, 'password' | 'reader'>[];
}

/** Keeps a stack's record up to date. */
export interface StackRecorder {
  /** Writes the processes down as they are by the time the writes before are done. */
  write(): Promise<void>;
  /** Removes the record; nothing is written afterwards. */
  close(): Promise<void>;
}

/** Writes go one after the other, since processes come and go faster than files are written. */
export function createStackRecorder(stack: Stack): StackRecorder {
  const file = toFile(stack.dataDir);
  let last = Promise.resolve();
  let closed = false;
  const append = (step: () => Promise<void>) => {
    last = last.then(step, step);
    return last;
  };
  return {
    write: () => append(async () => (closed ? undefined : replaceFile(file, toRecord(stack)))),
    close: () => {
      closed = true;
      return append(() => removeStackRecord(stack.dataDir));
    },
  };
}

/** The record of a stack that has become ready, or undefined. */
export async function readStackRecord(dataDir: string): Promise<StackRecord | undefined> {
  try {
    return JSON.parse(await readFile(toFile(dataDir), 'utf8')) as StackRecord;
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Removes what a launcher that was killed may have left. */
export async function removeStackRecord(dataDir: string): Promise<void> {
  await rm(toFile(dataDir), { force: true });
}

function toRecord(stack: Stack): StackRecord {
  const { consulUrl, infrastructure, instances, databases } = stack;
  return {
    consulUrl,
    redis: { mode: stack.redisMode, nodes: stack.redisNodes },
    infrastructure,
    instances,
    databases: databases.map(({ password: _, reader: __, ...shown }) => shown),
  };
}

async function replaceFile(file: string, record: StackRecord): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

function toFile(dataDir: string): string {
  return join(dataDir, 'stack.json');
}
