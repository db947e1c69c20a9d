import { type Gate, openGate, openTestBed, type TestDatabase, until } from '@flight/local';
import {
  type Client,
  createServiceCredential,
  type Database,
  type MeshProcess,
  openProcess,
  type RedisChannel,
  type ServiceDefinition,
} from '@flight/mesh';
import {
  FlightUpdateServiceDefinition,
  UserChangeServiceDefinition,
  UserServiceDefinition,
} from '@flight/proto/user';
import type { UserServiceConfig } from '../../src/config.js';
import { type RunningService, type Seams, start } from '../../src/service.js';

export type UserClient = Client<UserServiceDefinition>;
export type UpdateClient = Client<FlightUpdateServiceDefinition>;
export type ChangeClient = Client<UserChangeServiceDefinition>;

/** What of the configuration a test is about. */
export interface Wishes {
  readonly database?: TestDatabase;
  readonly policy?: UserServiceConfig['policy'];
  readonly signIn?: Partial<UserServiceConfig['signIn']>;
  readonly token?: Partial<UserServiceConfig['token']>;
  readonly signingKeys?: Partial<UserServiceConfig['signingKeys']>;
  readonly flightUpdates?: Partial<UserServiceConfig['flightUpdates']>;
}

/** A started instance and a client that calls no other. */
export interface StartedInstance extends RunningService {
  readonly users: UserClient;
  readonly updates: UpdateClient;
  readonly changes: ChangeClient;
  /** A client with a connection of its own: calls on one connection share its flow control. */
  connect(): Promise<UpdateClient>;
  /** What the admin port's /metrics says of a gauge or a counter without labels of its own. */
  metric(name: string): Promise<number>;
}

/** Real servers, and real instances of user-service on them. */
export interface UserBed {
  /** The database of instances that don't wish for another one. */
  readonly database: TestDatabase;
  createDatabase(): Promise<TestDatabase>;
  /** The instances' way to Redis. */
  readonly redis: Gate;
  /** Joins a channel of the instances in Redis, not through the gate. */
  joinChannel(name: string, heard: (message: string) => void): RedisChannel;
  /** A credential of a service. */
  credential(service?: string): Promise<string>;
  /** Starts an instance and waits until it can be called. */
  start(wishes?: Wishes, seams?: Seams): Promise<StartedInstance>;
  /** Connects to a database, and migrates it first where a folder says how: instances prepare their own. */
  openDatabase(database: TestDatabase, migrations?: URL): Promise<Database>;
  /** Runs SQL that no call of the service does, and answers the rows. */
  sql<Row>(text: string, values?: readonly unknown[], database?: TestDatabase): Promise<readonly Row[]>;
  /** Holds a lock on a table that lets nobody read it, for as long as work takes. */
  whileLocked(table: string, work: () => Promise<void>, database?: TestDatabase): Promise<void>;
  /** How many statements wait for a lock. */
  blockedStatements(database?: TestDatabase): Promise<number>;
  /** Stops the database server. The bed must have been opened with its own. */
  stopPostgres(): Promise<void>;
  close(): Promise<void>;
}

export const SECRET = 'a secret for tests that is long enough';
const SERVICE_SECRET = 'a secret that the services of tests share';
const POOL_SIZE = 8;
const BLOCKED = {
  name: '',
  text: `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
};
/** Long enough that nothing is trimmed while a test looks. */
const NEVER_MS = 86_400_000;
const CALL_TIMEOUT_MS = 10_000;

/** @param own whether no other bed gets these servers later: for tests that stop one */
export async function openUserBed({ own = false } = {}): Promise<UserBed> {
  const bed = await openTestBed({ consul: true, postgres: true, redis: true, own });
  const database = await bed.createDatabase('user-db');
  const [redisHost = '', redisPort] = bed.redisNodes.split(':');
  const redisNode = { host: redisHost, port: Number(redisPort) };
  const redis = await openGate(redisNode);
  const caller = await openProcess(toProcess('tests', 'tests_1'));
  const running = new Set<RunningService>();
  const callers = [caller];
  let started = 0;

  function toProcess(service: string, instance: string): UserServiceConfig['process'] {
    const consul = { url: bed.consulUrl, token: undefined };
    const ports = { host: '127.0.0.1', grpcPort: 0, adminPort: 0, lingerMs: 0 };
    return { service, instance, ...ports, logLevel: process.env.TEST_LOG_LEVEL ?? 'silent', consul };
  }

  function toConfig(instance: string, wishes: Wishes): UserServiceConfig {
    const { service, name, user, password } = wishes.database ?? database;
    return {
      process: toProcess('user-service', instance),
      database: { service, name, user, password, poolSize: POOL_SIZE },
      policy: wishes.policy ?? 'documented',
      signIn: { parallel: 2, maxWaitMs: 5000, ...wishes.signIn },
      token: { issuer: 'flight-booking', audience: 'flight-booking', ttlMs: 3_600_000, ...wishes.token },
      signingKeys: { secret: SECRET, rotationMs: 30 * 86_400_000, pollMs: 100, ...wishes.signingKeys },
      redis: { nodes: [{ host: redis.host, port: redis.port }], mode: 'single', password: undefined },
      serviceSecret: SERVICE_SECRET,
      flightUpdates: {
        kept: { ageMs: NEVER_MS, count: 1_000_000 },
        trimEveryMs: NEVER_MS,
        keepAliveMs: 10_000,
        ...wishes.flightUpdates,
      },
    };
  }

  function openDatabase(of: TestDatabase, migrations?: URL): Promise<Database> {
    return caller.openDatabase({ ...of, poolSize: POOL_SIZE }, migrations);
  }

  const opened = new Map<TestDatabase, Promise<Database>>();

  /** The connections of the bed itself; the caller's close takes them along. */
  function openOnce(of: TestDatabase): Promise<Database> {
    const known = opened.get(of) ?? openDatabase(of);
    opened.set(of, known);
    return known;
  }

  return {
    database,
    redis,
    joinChannel: (name, heard) =>
      caller.openRedisChannel({ nodes: [redisNode], mode: 'single', password: undefined }, name, heard),
    credential: (service = 'edge') => createServiceCredential({ service, secret: SERVICE_SECRET }).issue(),
    createDatabase: () => bed.createDatabase('user-db'),
    openDatabase,
    async start(wishes = {}, seams) {
      started += 1;
      const instance = `user_service_${started}`;
      const service = await start(toConfig(instance, wishes), seams);
      running.add(service);
      await bed.uncheck(instance);
      const found = () => caller.instances('user-service').current.find(({ id }) => id === instance);
      await until(() => found() !== undefined);
      const adminUrl = `http://127.0.0.1:${found()?.metadata.admin_port}`;
      const metric = (name: string) => readMetric(`${adminUrl}/metrics`, name);
      const users = pinned(caller, UserServiceDefinition, instance);
      const updates = pinned(caller, FlightUpdateServiceDefinition, instance);
      const changes = pinned(caller, UserChangeServiceDefinition, instance);
      const connect = async () => {
        const another = await openProcess(toProcess('tests', `tests_${callers.length + 1}`));
        callers.push(another);
        const isFound = () => another.instances('user-service').current.some(({ id }) => id === instance);
        const client = pinned(another, FlightUpdateServiceDefinition, instance);
        await until(isFound);
        return client;
      };
      return { ...service, users, updates, changes, connect, metric };
    },
    async sql<Row>(text: string, values: readonly unknown[] = [], of = database) {
      const opened = await openOnce(of);
      return opened.query<Row>({ name: '', text }, values, within(CALL_TIMEOUT_MS));
    },
    async whileLocked(table, work, of = database) {
      const opened = await openOnce(of);
      await opened.transaction(async (transaction) => {
        await transaction.query({ name: '', text: `lock table ${table} in access exclusive mode` }, []);
        await work();
      }, within(CALL_TIMEOUT_MS));
    },
    async blockedStatements(of = database) {
      const opened = await openOnce(of);
      const [blocked] = await opened.query<{ count: number }>(BLOCKED, [], within(CALL_TIMEOUT_MS));
      return blocked?.count ?? Number.NaN;
    },
    async stopPostgres() {
      const { superuser: user, superuserPassword: password } = bed.postgres;
      const server = await openDatabase({ ...database, user, password });
      const statement = { name: '', text: `select pg_read_file('postmaster.pid') as file` };
      const [row] = await server.query<{ file: string }>(statement, [], within(CALL_TIMEOUT_MS));
      await server.close();
      process.kill(Number.parseInt(row?.file ?? '', 10), 'SIGINT');
    },
    async close() {
      await Promise.all([...running].map((service) => service.close()));
      await Promise.all(callers.map((each) => each.close()));
      await redis.shut();
      await bed.close();
    },
  };
}

function within(ms: number): { deadline: number; signal: AbortSignal } {
  return { deadline: Date.now() + ms, signal: AbortSignal.timeout(ms) };
}

/** The client of one instance, with time enough for a busy machine. */
function pinned<D extends ServiceDefinition>(
  caller: MeshProcess,
  definition: D,
  instance: string,
): Client<D> {
  const calls = Object.entries(caller.dial('user-service', definition)).map(([name, call]) => {
    const timeoutMs = definition.methods[name]?.responseStream ? undefined : CALL_TIMEOUT_MS;
    return [
      name,
      (request: never, options: object = {}) =>
        call(request, { ...(timeoutMs !== undefined && { timeoutMs }), instance, ...options }),
    ];
  });
  return Object.fromEntries(calls) as Client<D>;
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
