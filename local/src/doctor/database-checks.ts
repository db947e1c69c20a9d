import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { askDatabase, type DatabaseOwnerAccess } from '../observe/ask-database.js';
import { isErrorWithCode } from '../programs/make-folder.js';
import type { ServiceDescription } from '../stack/services.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** One database, as the service that owns it sees it. */
export interface ObservedDatabase {
  /** Its name in Consul. */
  readonly service: string;
  readonly address: string;
  /** The id of the process that was asked. */
  readonly server: string;
  /** Why no statement could be made; undefined when one could. */
  readonly ailment: string | undefined;
  /** The last migration that was applied; undefined when none was. */
  readonly version: number | undefined;
  /** The last migration that there is; undefined for a service without migrations. */
  readonly newest: number | undefined;
}

/** What it takes to sign in. */
export interface DatabaseAccess extends DatabaseOwnerAccess {
  readonly service: string;
  readonly address: string;
  readonly server: string;
}

export async function observeDatabase(
  access: DatabaseAccess,
  migrations: string | undefined,
): Promise<ObservedDatabase> {
  const { service, address, server } = access;
  const newest = migrations === undefined ? undefined : await findNewest(migrations);
  try {
    return { service, address, server, ailment: undefined, version: await readVersion(access), newest };
  } catch (error) {
    const ailment = error instanceof Error ? error.message || error.name : String(error);
    return { service, address, server, ailment, version: undefined, newest };
  }
}

export function judgeDatabase(observed: ObservedDatabase): Finding[] {
  const { service, address, server, ailment, version, newest } = observed;
  if (ailment !== undefined)
    return [
      fail(service, `takes no statement at ${address}`, {
        why: `${ailment}; what needs it is answered 503, cached searches are served`,
        remedy: `is ${server} frozen or down (see processes)? else read .local/logs/${server}.log; services reconnect by themselves`,
      }),
    ];
  if (newest === undefined) return [ok(service, 'lets its owner in and takes a statement')];
  if (version === undefined || version < newest)
    return [
      fail(service, `has the schema version ${version ?? 'none'}, this checkout has ${newest}`, {
        why: 'the service that migrates it has not started since, or its migration failed and was rolled back',
        remedy:
          'make build, then make roll for its service; if it does not come back, its log says which statement failed',
      }),
    ];
  if (version > newest)
    return [
      warn(service, `has the schema version ${version}, this checkout only ${newest}`, {
        why: 'a newer version of the service has migrated it; older code may not understand it',
        remedy: 'check out the newer version, or make clean to begin with empty databases',
      }),
    ];
  return [ok(service, `lets its owner in and takes a statement, schema version ${version}`)];
}

/** The folder of a service's migrations: beside its build output. */
export function toMigrations(checkout: string, { entry }: ServiceDescription): string {
  const file = resolve(checkout, entry);
  return join(file.slice(0, file.lastIndexOf('/dist/')), 'migrations');
}

function readVersion(access: DatabaseAccess): Promise<number | undefined> {
  return askDatabase(access.address, access, 'doctor', async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('schema_version') is not null as there`,
    );
    if (!rows[0]?.there) return undefined;
    const { rows: versions } = await client.query<{ version: string | null }>(
      'select max(version)::text as version from schema_version',
    );
    return versions[0]?.version == null ? undefined : Number(versions[0].version);
  });
}

async function findNewest(folder: string): Promise<number | undefined> {
  try {
    const numbers = (await readdir(folder)).map((file) => /^(\d+)\.do\..*sql$/.exec(file)?.[1]);
    return Math.max(...numbers.map((text) => Number(text ?? 0))) || undefined;
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
