import { join } from 'node:path';
import pg from 'pg';
import { signalAll } from './processes/node-processes.js';
import { openTemporaryFolder } from './processes/temporary-folder.js';
import { askRedis } from './servers/ask-redis.js';
import { openConsul } from './servers/consul-server.js';
import { connectAsSuperuser, openPostgres, type PostgresFacts } from './servers/postgres-server.js';
import { SUPERUSER } from './servers/postgres-template.js';
import { openRedis } from './servers/redis-server.js';

/** A server that is used by one test bed at a time. */
export interface SharedServer<S> {
  readonly server: S;
  /** Makes it available to the next bed. Its data stay until then. */
  release(): void;
}

/** Servers that the test beds of a process use one after the other. */
export interface ServerPool<S> {
  /** An idle server without the data of its last user, or a new one when none is idle. @throws Error when it does not start */
  acquire(): Promise<SharedServer<S>>;
}

interface Closeable {
  close(): Promise<void>;
}

/**
 * Makes an empty pool.
 *
 * @param open starts a server
 * @param clean removes what a user has left. A server that can't be cleaned is closed and replaced.
 */
export function createServerPool<S extends Closeable>(
  open: () => Promise<S>,
  clean: (server: S) => Promise<void>,
): ServerPool<S> {
  const idle: S[] = [];

  async function takeIdle(): Promise<S | undefined> {
    for (let server = idle.pop(); server !== undefined; server = idle.pop()) {
      const isClean = await clean(server).then(
        () => true,
        () => false,
      );
      if (isClean) return server;
      await server.close();
    }
    return undefined;
  }

  return {
    async acquire() {
      const server = (await takeIdle()) ?? (await open());
      return { server, release: () => void idle.push(server) };
    },
  };
}

/** What a test bed may need, each kind in a pool of its own. */
export interface SharedServers {
  readonly consul: ServerPool<Awaited<ReturnType<typeof openConsul>>>;
  readonly postgres: ServerPool<Awaited<ReturnType<typeof openPostgres>>>;
  readonly redis: ServerPool<Awaited<ReturnType<typeof openRedis>>>;
}

let shared: Promise<SharedServers> | undefined;

/** The pools of this process. Their servers are killed when it exits, and their folder is removed. */
export function getSharedServers(): Promise<SharedServers> {
  shared ??= createSharedServers();
  return shared;
}

async function createSharedServers(): Promise<SharedServers> {
  const folder = await openTemporaryFolder('flight-servers-');
  const pids = new Set<number>();
  // The kernel does so too where it can be asked to (ProcessSpec.deathSignal). QUIT ends each of them at once.
  process.once('exit', () => {
    signalAll([...pids], 'SIGQUIT');
  });
  let opened = 0;
  /** Opens a server in a folder of its own. */
  async function openIn<S extends Closeable & { readonly pid: number }>(
    open: (place: { readonly dataDir: string }) => Promise<S>,
  ): Promise<S> {
    opened += 1;
    const server = await open({ dataDir: join(folder.path, String(opened), 'data') });
    pids.add(server.pid);
    const close = async () => {
      await server.close();
      pids.delete(server.pid);
    };
    return { ...server, close };
  }
  return {
    consul: createServerPool(
      () => openIn((place) => openConsul({ ...place, mode: 'dev' })),
      ({ url }) => cleanConsul(url),
    ),
    postgres: createServerPool(
      () => openIn((place) => openPostgres({ ...place, durable: false })),
      cleanPostgres,
    ),
    redis: createServerPool(
      () => openIn(openRedis),
      async ({ nodes }) => void (await askRedis(nodes, undefined, 'FLUSHALL')),
    ),
  };
}

/** Removes every service, every other node, the keys and the node's maintenance. @see https://developer.hashicorp.com/consul/api-docs */
async function cleanConsul(url: string): Promise<void> {
  const ask = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/v1/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Consul answers ${response.status} to ${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  await ask('PUT', 'agent/maintenance?enable=false');
  const services = (await ask('GET', 'agent/services')) as Record<string, unknown>;
  for (const id of Object.keys(services))
    await ask('PUT', `agent/service/deregister/${encodeURIComponent(id)}`);
  const nodes = (await ask('GET', 'catalog/nodes')) as { Node: string; Meta?: object | null }[];
  for (const { Node } of nodes) if (Node !== 'local') await ask('PUT', 'catalog/deregister', { Node });
  await ask('DELETE', 'kv/?recurse');
  const left = (await ask('GET', 'catalog/services')) as Record<string, unknown>;
  if (Object.keys(left).some((name) => name !== 'consul')) throw new Error('Consul keeps services');
}

/** Removes every database and role that a user has made. */
async function cleanPostgres(facts: PostgresFacts): Promise<void> {
  const client = await connectAsSuperuser(facts, 'postgres');
  try {
    const databases = await client.query<{ name: string }>(
      `select datname as name from pg_database where not datistemplate and datname <> 'postgres'`,
    );
    for (const { name } of databases.rows)
      await client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`);
    const roles = await client.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname !~ '^pg_' and rolname <> $1`,
      [SUPERUSER],
    );
    for (const { name } of roles.rows) await client.query(`drop role ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
