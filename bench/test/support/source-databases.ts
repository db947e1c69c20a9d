import { readdir, readFile } from 'node:fs/promises';
import type { TestBed } from '@flight/local';
import pg from 'pg';
import type { SourceDatabases } from '../../src/generate/generate.js';

const CHECKOUT = new URL('../../../../', import.meta.url);

/** Databases as the services' own migrations make them, empty. */
export async function openSources(bed: TestBed): Promise<SourceDatabases> {
  return {
    bookings: await openSource(bed, 'booking-service'),
    users: await openSource(bed, 'user-service'),
  };
}

async function openSource(bed: TestBed, service: string): Promise<pg.ClientConfig> {
  const { name, user, password } = await bed.createDatabase(service);
  const { host, port } = bed.postgres;
  const config = { host, port, database: name, user, password };
  const folder = new URL(`${service}/migrations/`, CHECKOUT);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  await ask(config, async (client) => {
    await client.query('begin');
    for (const file of files) await client.query(await readFile(new URL(file, folder), 'utf8'));
    await client.query('commit');
  });
  return config;
}

/** Asks a database over a connection of its own. */
export async function ask<T>(config: pg.ClientConfig, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  try {
    await client.connect();
    return await body(client);
  } finally {
    await client.end();
  }
}
