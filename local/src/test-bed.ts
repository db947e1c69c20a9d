import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createClosing } from './closing.js';
import { openTemporaryFolder } from './processes/temporary-folder.js';
import { openConsul } from './servers/consul-server.js';
import { createDatabase, type DatabaseOwner } from './servers/create-database.js';
import { registerDatabase } from './servers/database-registration.js';
import { openPostgres, type PostgresFacts } from './servers/postgres-server.js';
import { openRedis } from './servers/redis-server.js';
import { getSharedServers, type ServerPool } from './shared-servers.js';

/** What a test needs; everything not named true stays away. */
export interface TestBedOptions {
  readonly consul?: boolean;
  readonly postgres?: boolean;
  readonly redis?: boolean;
  /**
   * Whether the servers are started for this bed alone and stopped with it: for tests that stop or damage them. Default false: beds
   * that are opened one after the other in the same process use the same servers, each without the data of the one before.
   */
  readonly own?: boolean;
}

/** A fresh database: connect directly, or find it in Consul under `service` with the tag `primary`. */
export interface TestDatabase extends DatabaseOwner {
  readonly service: string;
}

export interface TestBed {
  /** @throws Error when the bed has no Consul; so does what follows without its server. */
  readonly consulUrl: string;
  /** In the form of REDIS_NODES; needs no password. */
  readonly redisNodes: string;
  readonly postgres: PostgresFacts;
  /**
   * Takes the health check of an instance out of Consul, which leaves it passing. On a busy machine it fails now and then, and
   * calls that ask for just this instance find none meanwhile.
   */
  uncheck(instance: string): Promise<void>;
  /** A database and a role of its own for each call, registered in the bed's Consul if it has one. */
  createDatabase(prefix: string): Promise<TestDatabase>;
  /** Gives the servers back, or stops those of its own. All end, and their files are removed, with the process, even if it is killed. */
  close(): Promise<void>;
}

/**
 * Real servers for one test file: random ports, a temporary folder, settings for speed instead of durability.
 * @throws MissingProgram when a server can't be found or fetched
 */
export async function openTestBed(options: TestBedOptions): Promise<TestBed> {
  const closing = createClosing();
  try {
    const [consul, postgres, redis] = await openServers(options, closing.add);
    return {
      get consulUrl() {
        return get(consul, 'consul').url;
      },
      get redisNodes() {
        return get(redis, 'redis').nodes;
      },
      get postgres() {
        return get(postgres, 'postgres');
      },
      uncheck: (instance) => uncheck(instance, get(consul, 'consul').url),
      createDatabase: (prefix) => createTestDatabase(prefix, get(postgres, 'postgres'), consul?.url),
      close: closing.close,
    };
  } catch (error) {
    throw await closing.closeAfter(error);
  }
}

/** Starts what is wanted, or takes it from the pools. */
async function openServers(
  { own = false, ...wanted }: TestBedOptions,
  onOpen: (close: () => Promise<void>) => void,
) {
  if (!own) {
    const shared = await getSharedServers();
    const acquire = async <S>(pool: ServerPool<S>): Promise<S> => {
      const { server, release } = await pool.acquire();
      onOpen(async () => release());
      return server;
    };
    return settleAll([
      wanted.consul ? acquire(shared.consul) : undefined,
      wanted.postgres ? acquire(shared.postgres) : undefined,
      wanted.redis ? acquire(shared.redis) : undefined,
    ] as const);
  }
  const folder = await openTemporaryFolder('flight-bed-');
  onOpen(folder.close);
  const place = (name: string) => ({ dataDir: join(folder.path, name) });
  const open = async <S extends { close(): Promise<void> }>(opening: Promise<S>): Promise<S> => {
    const server = await opening;
    onOpen(server.close);
    return server;
  };
  return settleAll([
    wanted.consul ? open(openConsul({ ...place('consul'), mode: 'dev' })) : undefined,
    wanted.postgres ? open(openPostgres({ ...place('postgres'), durable: false })) : undefined,
    wanted.redis ? open(openRedis(place('redis'))) : undefined,
  ] as const);
}

/** Waits for all before one's failure is reported, or those still starting would be forgotten. */
async function settleAll<const T extends readonly unknown[]>(opening: T) {
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

function get<T>(server: T | undefined, name: string): T {
  if (server === undefined) throw new Error(`this test bed was opened without ${name}`);
  return server;
}

async function uncheck(instance: string, consulUrl: string): Promise<void> {
  const url = `${consulUrl}/v1/agent/check/deregister/service:${instance}`;
  const response = await fetch(url, { method: 'PUT', signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`Consul keeps the check of ${instance}: ${response.status}`);
}

async function createTestDatabase(
  prefix: string,
  server: PostgresFacts,
  consulUrl: string | undefined,
): Promise<TestDatabase> {
  const suffix = randomBytes(5).toString('hex');
  const name = `${prefix.replaceAll('-', '_')}_${suffix}`;
  const owner: DatabaseOwner = { name, user: name, password: randomBytes(18).toString('base64url') };
  await createDatabase(server, owner);
  const service = `${prefix.replaceAll('_', '-')}-${suffix}`;
  if (consulUrl !== undefined)
    await registerDatabase(consulUrl, { service, host: server.host, port: server.port });
  return { ...owner, service };
}
