import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openTestBed, type TestBed, type TestDatabase, until } from '@flight/local';
import {
  type Client,
  createServiceCredential,
  type MeshProcess,
  openProcess,
  type ProcessConfig,
} from '@flight/mesh';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { type EtlMode, type EtlRun, EtlRunState, EtlServiceDefinition } from '@flight/proto/etl';
import pg from 'pg';
import { type Config, readConfig } from '../../src/config.js';
import type { Boundary } from '../../src/domain/boundary.js';
import { type Seams, type Service, start } from '../../src/service.js';
import { type BookingSource, createBookingSource } from './booking-source.js';
import { createKeyServer, type KeyServer } from './key-server.js';
import { createUserSource, type UserSource } from './user-source.js';

/** What of the configuration a test is about. */
export type Wishes = Partial<Pick<Config, 'scheduleMs' | 'batchRows' | 'chunkRows'>> & {
  readonly seams?: Partial<Seams>;
};

/** An instance that answers calls. */
export interface Instance {
  readonly id: string;
  readonly etl: Client<EtlServiceDefinition>;
  /** Asks for a run in the name of a service. */
  run(mode: EtlMode, requestId?: string): Promise<EtlRun>;
  get(id: number): Promise<EtlRun>;
  /** Waits until a run has ended, and answers it. */
  ended(run: EtlRun): Promise<EtlRun>;
}

/** An instance in this process. */
export interface StartedInstance extends Instance, Service {
  /** A sample of /metrics by name and labels as written there; undefined when there is none. */
  metric(name: string, ...labels: readonly string[]): Promise<number | undefined>;
}

/** An instance in a process of its own. */
export interface SpawnedInstance extends Instance {
  readonly killedBy: Promise<NodeJS.Signals | null>;
}

/** A warehouse of its own, and instances that fill it from sources of the tests. */
export interface EtlBed {
  readonly bookings: BookingSource;
  readonly users: UserSource;
  readonly keys: KeyServer;
  /** Straight into the warehouse's database. */
  readonly sql: pg.Pool;
  start(wishes?: Wishes): Promise<StartedInstance>;
  /** Starts a process that ends itself with SIGKILL when it reaches a boundary. */
  spawnDoomed(boundary: Boundary, wishes?: Wishes): Promise<SpawnedInstance>;
  /** Takes booking-service away, and brings it back. */
  stopBookings(): Promise<void>;
  startBookings(): Promise<void>;
  /** A credential of a service. */
  credential(): Promise<string>;
  /** What fact_booking holds: id, price and whether canceled, by id. */
  loaded(): Promise<readonly (readonly [id: number, price: number, canceled: boolean])[]>;
  close(): Promise<void>;
}

const SECRET = 'a secret that the services of the tests share';
const DOOMED = fileURLToPath(new URL('../fixture/doomed-etl.js', import.meta.url));
const CALL_TIMEOUT_MS = 10_000;

let instances = 0;

/** The servers that the beds of one file share, each with a database of its own. */
export function openServers(): Promise<TestBed> {
  return openTestBed({ consul: true, postgres: true });
}

export async function openEtlBed(bed: TestBed): Promise<EtlBed> {
  const owner = await bed.createDatabase('warehouse');
  const sql = openPool(bed.postgres, owner);
  const bookings = createBookingSource(SECRET);
  const users = createUserSource(SECRET);
  const keys = createKeyServer();
  const credentials = createServiceCredential({ service: 'tests', secret: SECRET });
  const caller = await openProcess(toProcess(bed.consulUrl, 'tests', 'tests_1'));
  const userService = await openProcess(toProcess(bed.consulUrl, 'user-service', 'user_service_1'));
  await userService.serve([keys.binding, users.binding], await readDescriptorSet());
  let bookingService = await serveBookings();
  const closers: (() => Promise<unknown>)[] = [];

  async function serveBookings(): Promise<MeshProcess> {
    const process = await openProcess(toProcess(bed.consulUrl, 'booking-service', 'booking_service_1'));
    await process.serve([bookings.binding], await readDescriptorSet());
    return process;
  }

  function toEnv(id: string): Record<string, string> {
    return {
      INSTANCE_ID: id,
      CONSUL_URL: bed.consulUrl,
      DATABASE_SERVICE: owner.service,
      DATABASE_NAME: owner.name,
      DATABASE_USER: owner.user,
      DATABASE_PASSWORD: owner.password,
      SERVICE_SECRET: SECRET,
      ETL_SCHEDULE: 'off',
      LINGER: '0ms',
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    };
  }

  async function toInstance(id: string): Promise<Instance> {
    await until(`${id} in Consul`, () =>
      caller.instances('etl-service').current.some((instance) => instance.id === id),
    );
    const { runEtl, getEtlRun, listEtlRuns } = caller.dial('etl-service', EtlServiceDefinition);
    const pinned = { timeoutMs: CALL_TIMEOUT_MS, instance: id };
    const etl: Instance['etl'] = {
      runEtl: (request, options) => runEtl(request, { ...pinned, ...options }),
      getEtlRun: (request, options) => getEtlRun(request, { ...pinned, ...options }),
      listEtlRuns: (request, options) => listEtlRuns(request, { ...pinned, ...options }),
    };
    const get = async (runId: number) => {
      const options = { credential: await credentials.issue() };
      return getRun(await etl.getEtlRun({ id: runId }, options));
    };
    return {
      id,
      etl,
      get,
      run: async (mode, requestId = '') => {
        const options = { credential: await credentials.issue() };
        return getRun(await etl.runEtl({ mode, requestId }, options));
      },
      ended: async ({ id: runId }) => {
        const isOver = async () => OVER.has((await get(runId)).state);
        await until(`the end of run ${runId}`, isOver, 30_000);
        return get(runId);
      },
    };
  }

  return {
    bookings,
    users,
    keys,
    sql,
    credential: () => credentials.issue(),
    async start({ seams, ...wishes } = {}) {
      const id = nextId();
      const config = { ...readConfig(toEnv(id)), ...wishes };
      const service = await start(config, { ...SEAMS, ...seams });
      closers.push(service.close);
      return { ...service, ...(await toInstance(id)), metric: (...wanted) => readMetric(service, ...wanted) };
    },
    async spawnDoomed(boundary, { chunkRows = 50_000, batchRows = 5000 } = {}) {
      const id = nextId();
      const sizes = { ETL_CHUNK: String(chunkRows), ETL_BATCH: String(batchRows) };
      const env = { ...process.env, ...toEnv(id), ...sizes, DOOMED_AT: boundary };
      const child = spawn(process.execPath, [DOOMED], { env, stdio: ['ignore', 'inherit', 'inherit'] });
      const exited = once(child, 'exit');
      closers.push(async () => {
        child.kill('SIGKILL');
        await exited;
      });
      const killedBy = exited.then(([, signal]) => signal as NodeJS.Signals | null);
      return { ...(await toInstance(id)), killedBy };
    },
    stopBookings: () => bookingService.close(),
    async startBookings() {
      bookingService = await serveBookings();
    },
    async loaded() {
      const { rows } = await sql.query<{ id: string; price: number; canceled: boolean }>(
        `select booking_id as id, price, canceled_at is not null as canceled
           from warehouse.fact_booking order by booking_id`,
      );
      return rows.map(({ id, price, canceled }) => [Number(id), price, canceled] as const);
    },
    async close() {
      await Promise.all(closers.map((closeOne) => closeOne()));
      await Promise.all([caller.close(), userService.close(), bookingService.close(), sql.end()]);
    },
  };
}

const OVER: ReadonlySet<EtlRunState> = new Set([EtlRunState.SUCCEEDED, EtlRunState.FAILED]);
const SEAMS: Seams = { now: Date.now, random: Math.random, reached: () => undefined };

function nextId(): string {
  instances += 1;
  return `etl_service_${instances}`;
}

function getRun({ run }: { readonly run: EtlRun | undefined }): EtlRun {
  if (run === undefined) throw new Error('the answer has no run');
  return run;
}

function toProcess(consulUrl: string, service: string, instance: string): ProcessConfig {
  const consul = { url: consulUrl, token: undefined };
  const logLevel = process.env.TEST_LOG_LEVEL ?? 'silent';
  return { service, instance, host: '127.0.0.1', grpcPort: 0, adminPort: 0, logLevel, consul, lingerMs: 0 };
}

function openPool(server: { readonly host: string; readonly port: number }, owner: TestDatabase): pg.Pool {
  const { name: database, user, password } = owner;
  const pool = new pg.Pool({ host: server.host, port: server.port, database, user, password, max: 4 });
  // The server may stop before the last idle connection is closed.
  pool.on('error', () => undefined);
  return pool;
}

async function readMetric(
  service: Service,
  name: string,
  ...labels: readonly string[]
): Promise<number | undefined> {
  const response = await fetch(`${service.adminUrl}/metrics`);
  const lines = (await response.text()).split('\n');
  const line = lines.find(
    (one) => one.startsWith(`${name}{`) && labels.every((label) => one.includes(label)),
  );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
