import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine.js';

/** Where a cluster departs from deploy/patroni/patroni.yml. */
export interface PatroniDepartures {
  /** False: commits wait for no standby, and a failover may lose acknowledged writes. For the control of a drill. */
  readonly synchronous?: boolean;
  /** Seconds until a leader that is not heard of is replaced; the time-outs below it follow. At least 10. */
  readonly ttlS?: number;
  /** False for tests: a power cut may lose everything, and commits don't wait for the disk. */
  readonly durable?: boolean;
}

/**
 * Writes what a node reads: the one configuration of all, and behind it, in a file of its own, where this cluster departs from it.
 * Patroni reads the files of a folder one after the other. Answers the folder.
 */
export async function writePatroniSettings(
  machine: Machine,
  folder: string,
  departures: PatroniDepartures,
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const shared = join(folder, '1-patroni.yml');
  await copyFile(join(machine.checkout, 'deploy', 'patroni', 'patroni.yml'), shared);
  const own = join(folder, '2-departures.yml');
  // JSON is YAML.
  await writeFile(own, `${JSON.stringify(toDepartures(departures), null, 2)}\n`);
  // PostgreSQL's account may be another one; no secret is in here.
  await chmod(folder, 0o755);
  for (const file of [shared, own]) await chmod(file, 0o644);
  return folder;
}

function toDepartures({ synchronous = true, ttlS, durable = true }: PatroniDepartures) {
  const dcs = {
    ...(ttlS !== undefined && { ttl: ttlS, retry_timeout: Math.floor((ttlS - 2) / 2) }),
    ...(!synchronous && {
      synchronous_mode: false,
      synchronous_mode_strict: false,
      // What a standby may have missed of writes that were acknowledged: any amount.
      maximum_lag_on_failover: 1024 ** 3,
      postgresql: { parameters: { synchronous_commit: 'on' } },
    }),
  };
  const parameters = durable ? {} : { fsync: 'off', full_page_writes: 'off' };
  return { bootstrap: { dcs }, postgresql: { parameters } };
}
