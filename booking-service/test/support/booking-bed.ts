import { type Gate, openGate, openTestBed, type TestDatabase, until } from '@flight/local';
import {
  type Client,
  createServiceCredential,
  type MeshProcess,
  openProcess,
  type ProcessConfig,
} from '@flight/mesh';
import {
  BookingChangeServiceDefinition,
  BookingServiceDefinition,
  FlightServiceDefinition,
} from '@flight/proto/booking';
import { readDescriptorSet } from '@flight/proto/descriptors';
import pg from 'pg';
import { type Config, readConfig } from '../../src/config.js';
import { type Service, start } from '../../src/service.js';
import { createKeyServer, type KeyServer } from './key-server.js';
import { registerDatabase } from './register-database.js';
import { createUpdateServer, type UpdateServer } from './update-server.js';

/** What of the configuration a test is about. */
export type Wishes = Partial<Pick<Config, 'policy' | 'cache' | 'orders'>>;

/** A started instance, and clients that call no other. */
export interface Instance extends Service {
  readonly flights: Client<FlightServiceDefinition>;
  readonly bookings: Client<BookingServiceDefinition>;
  readonly changes: Client<BookingChangeServiceDefinition>;
}

/** Real servers, and real instances of booking-service on them. */
export interface BookingBed {
  readonly keys: KeyServer;
  readonly updates: UpdateServer;
  /** What a service proves itself with. */
  credential(): Promise<string>;
  /** Straight into the database, past its gate. */
  readonly sql: pg.Pool;
  readonly redisNodes: string;
  /** The instances' ways to PostgreSQL and Redis. */
  readonly database: Gate;
  readonly redis: Gate;
  /** Starts an instance and waits until it can be called. */
  start(wishes?: Wishes): Promise<Instance>;
  /** Stops what answers for user-service, and starts it again with all it knew. */
  stopUsers(): Promise<void>;
  startUsers(): Promise<void>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 10_000;
const SERVICE_SECRET = 'a secret that the services of the tests share';

export async function openBookingBed(): Promise<BookingBed> {
  const bed = await openTestBed({ consul: true, postgres: true, redis: true });
  const owner = await bed.createDatabase('booking-db');
  const database = await openGate(bed.postgres);
  const redis = await openGate(toTarget(bed.redisNodes));
  await registerDatabase(bed.consulUrl, 'gated-db', database.port);
  const caller = await openProcess(toProcess(bed.consulUrl, 'tests', 'tests_1'));
  const keys = await createKeyServer();
  const updates = createUpdateServer(SERVICE_SECRET);
  const serveUsers = async () => {
    const users = await openProcess(toProcess(bed.consulUrl, 'user-service', 'user_service_1'));
    await users.serve([keys.binding, updates.binding], await readDescriptorSet());
    return users;
  };
  let users = await serveUsers();
  const sql = openPool(bed.postgres, owner);
  const running = new Set<Service>();
  let started = 0;

  return {
    keys,
    updates,
    credential: createServiceCredential({ service: 'tests', secret: SERVICE_SECRET }).issue,
    sql,
    redisNodes: bed.redisNodes,
    database,
    redis,
    async start(wishes = {}) {
      started += 1;
      const instance = `booking_service_${started}`;
      const process = toProcess(bed.consulUrl, 'booking-service', instance);
      const defaults = readConfig({
        INSTANCE_ID: instance,
        DATABASE_SERVICE: 'gated-db',
        DATABASE_NAME: owner.name,
        DATABASE_USER: owner.user,
        DATABASE_PASSWORD: owner.password,
        SERVICE_SECRET,
        REDIS_NODES: `${redis.host}:${redis.port}`,
      });
      const service = await start({ ...defaults, ...wishes, process });
      running.add(service);
      await bed.uncheck(instance);
      const known = () => caller.instances('booking-service').current.some(({ id }) => id === instance);
      await until(`${instance} in Consul`, known);
      return { ...service, ...clientsOf(caller, instance) };
    },
    stopUsers: () => users.close(),
    async startUsers() {
      users = await serveUsers();
    },
    async close() {
      await Promise.all([...running].map((service) => service.close()));
      await Promise.all([users.close(), caller.close(), sql.end(), database.shut(), redis.shut()]);
      await bed.close();
    },
  };
}

function toProcess(consulUrl: string, service: string, instance: string): ProcessConfig {
  const consul = { url: consulUrl, token: undefined };
  const logLevel = process.env.TEST_LOG_LEVEL ?? 'silent';
  return { service, instance, host: '127.0.0.1', grpcPort: 0, adminPort: 0, logLevel, consul, lingerMs: 0 };
}

function toTarget(node: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`tcp://${node}`);
  return { host: hostname, port: Number(port) };
}

function openPool(server: { readonly host: string; readonly port: number }, owner: TestDatabase): pg.Pool {
  const { name: database, user, password } = owner;
  return new pg.Pool({ host: server.host, port: server.port, database, user, password, max: 4 });
}

/** The clients of one instance, with time enough for a busy machine. */
function clientsOf(
  caller: MeshProcess,
  instance: string,
): Pick<Instance, 'flights' | 'bookings' | 'changes'> {
  const { searchFlights, getFlight, setFlightStatus, seedFlights } = caller.dial(
    'booking-service',
    FlightServiceDefinition,
  );
  const { bookFlight, listBookings, cancelBooking } = caller.dial(
    'booking-service',
    BookingServiceDefinition,
  );
  const { streamBookingChanges } = caller.dial('booking-service', BookingChangeServiceDefinition);
  const pinned = { timeoutMs: CALL_TIMEOUT_MS, instance };
  return {
    flights: {
      searchFlights: (request, options) => searchFlights(request, { ...pinned, ...options }),
      getFlight: (request, options) => getFlight(request, { ...pinned, ...options }),
      setFlightStatus: (request, options) => setFlightStatus(request, { ...pinned, ...options }),
      seedFlights: (request, options) => seedFlights(request, { ...pinned, ...options }),
    },
    bookings: {
      bookFlight: (request, options) => bookFlight(request, { ...pinned, ...options }),
      listBookings: (request, options) => listBookings(request, { ...pinned, ...options }),
      cancelBooking: (request, options) => cancelBooking(request, { ...pinned, ...options }),
    },
    changes: {
      streamBookingChanges: (request, options) => streamBookingChanges(request, { instance, ...options }),
    },
  };
}
