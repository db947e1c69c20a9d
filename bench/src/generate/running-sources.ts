import { join } from 'node:path';
import { findWriter, openSecrets, readStackRecord, thisMachine } from '@flight/local';
import type pg from 'pg';
import type { SourceDatabases } from './generate.js';

/** What of a running system data is made in. */
export interface RunningSources {
  readonly edgeUrl: string;
  readonly databases: SourceDatabases;
}

/**
 * Finds what `make run` started in this checkout.
 *
 * @throws Error when nothing runs; PlainError when a database has no primary
 */
export async function findRunningSources(): Promise<RunningSources> {
  const dataDir = join(thisMachine().checkout, '.local');
  const record = await readStackRecord(dataDir);
  if (record === undefined) throw new Error('nothing runs here: "make run" in another terminal starts it');
  const secrets = await openSecrets(dataDir, []);
  const toConfig = async (service: string): Promise<pg.ClientConfig> => {
    const database = record.databases.find((one) => one.service === service);
    if (database === undefined) throw new Error(`the running system has no ${service}`);
    const { name, user, servers } = database;
    const addresses = record.infrastructure.flatMap(({ id, address }) =>
      servers.includes(id) ? [address] : [],
    );
    const password = secrets(service);
    const { host, port } = await findWriter({ service, name, user, password, addresses });
    return { host, port, database: name, user, password };
  };
  const edge = record.instances.find(({ service }) => service === 'edge');
  return {
    edgeUrl: edge?.httpUrl ?? '',
    databases: { bookings: await toConfig('booking-db'), users: await toConfig('user-db') },
  };
}
