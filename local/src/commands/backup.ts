import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dumpDatabase, restoreDatabase, toDumpFile } from '../backup/database-backup.js';
import type { OwnerAccess } from '../backup/database-writer.js';
import type { Machine } from '../machine.js';
import { PlainError } from '../plain-error.js';
import { openSecrets } from '../stack/secrets.js';
import { readStackRecord, type StackRecord } from '../stack/stack-record.js';
import { NOT_RUNNING } from './exit-codes.js';

interface BackupPlace {
  readonly machine: Machine;
  readonly dataDir: string;
  readonly print: (line: string) => void;
}

/**
 * Writes every database of the running stack into a folder, one file each, but for those that are made of the others. Answers 0,
 * or 3 when nothing runs.
 * @param folder made when absent; `backups/<now>` of the checkout when not given
 * @throws PlainError when a database has no primary or there is no pg_dump for it
 */
export async function backUp(
  { machine, dataDir, print }: BackupPlace,
  folder: string | undefined,
): Promise<number> {
  const record = await readStackRecord(dataDir);
  if (record === undefined) return notRunning(print);
  const target = resolve(folder || join(machine.checkout, 'backups', toStamp(new Date())));
  // Names, addresses and password hashes of people are in there.
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const database of await listAccess(record, dataDir))
    print(`${database.service} is in ${await dumpDatabase(machine, database, target)}`);
  print(
    `its keys are sealed with the secrets in ${join(dataDir, 'secrets.json')}: keep those, somewhere else`,
  );
  return 0;
}

/**
 * Puts the databases of the running stack back to what a folder of `backUp` holds. Answers 0, or 3 when nothing runs.
 * @throws PlainError when a file is missing, before anything is changed; Error with pg_restore's words
 */
export async function restore(
  { machine, dataDir, print }: BackupPlace,
  folder: string | undefined,
): Promise<number> {
  if (!folder) throw new PlainError('usage: make restore FROM=backups/<folder>');
  const record = await readStackRecord(dataDir);
  if (record === undefined) return notRunning(print);
  const source = resolve(folder);
  const databases = await listAccess(record, dataDir);
  for (const { service } of databases) {
    const file = toDumpFile(source, service);
    await access(file).catch((cause: unknown) => {
      throw new PlainError(`there is no ${file}; nothing was restored`, { cause });
    });
  }
  for (const database of databases) {
    await restoreDatabase(machine, database, source);
    print(`${database.service} is what it was`);
  }
  print('if the backup was made by an older version: make roll SERVICE=all brings its schema up to date');
  return 0;
}

/** All but the databases that are made of the others. */
async function listAccess(record: StackRecord, dataDir: string): Promise<OwnerAccess[]> {
  const secrets = await openSecrets(dataDir, []);
  const kept = record.databases.filter(({ derived }) => derived !== true);
  return kept.map(({ service, name, user, servers }) => ({
    service,
    name,
    user,
    password: secrets(service),
    addresses: record.infrastructure.flatMap(({ id, address }) => (servers.includes(id) ? [address] : [])),
  }));
}

function notRunning(print: (line: string) => void): number {
  print('not running; "make run STACK=full" starts it');
  return NOT_RUNNING;
}

/** 2026-11-23T21-54-37Z: sorts by time, and a colon in a path is trouble for some. */
function toStamp(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}
