import { openTestBed, type TestBed, type TestDatabase } from '@flight/local';
import { createLogger, type Database, type MeshProcess, openProcess } from '@flight/mesh';
import pg from 'pg';
import type { Reached } from '../../../src/domain/boundary.js';
import type { Warehouse } from '../../../src/domain/warehouse.js';
import { createWarehouse } from '../../../src/infra/warehouse.js';

/** A database of its own with a warehouse in it. */
export interface WarehouseDatabase {
  readonly warehouse: Warehouse;
  readonly database: Database;
  /** As the owner, past the warehouse; unqualified names are those of the live star. */
  readonly sql: pg.Pool;
  /** The role that analysts have; it may sign in with `analyst` for a password. */
  readonly analyst: string;
  readonly owner: TestDatabase;
  /** What was logged, as JSON lines. */
  readonly lines: readonly string[];
  /** A second warehouse object on the same database, as another process has one. */
  another(parts?: {
    readonly reached?: Reached;
    readonly analystRole?: string;
    readonly silentMs?: number;
  }): Warehouse;
}

/** A real PostgreSQL for one test file. */
export interface WarehouseBed {
  createWarehouse(): Promise<WarehouseDatabase>;
  connect(user: string, password: string, database: string): pg.Pool;
  close(): Promise<void>;
}

export async function openWarehouseBed(): Promise<WarehouseBed> {
  const bed = await openTestBed({ consul: true, postgres: true });
  const lines: string[] = [];
  const mesh = await openProcess(
    {
      service: 'tests',
      instance: 'tests_1',
      host: '127.0.0.1',
      grpcPort: 0,
      adminPort: undefined,
      logLevel: 'info',
      consul: { url: bed.consulUrl, token: undefined },
      lingerMs: 0,
    },
    createLogger(
      { service: 'tests', instance: 'tests_1', level: 'info' },
      { write: (line) => void lines.push(line) },
    ),
  );
  const pools = new Set<pg.Pool>();

  function connect(user: string, password: string, database: string): pg.Pool {
    const { host, port } = bed.postgres;
    const options = '-c search_path=warehouse -c timezone=UTC';
    const pool = new pg.Pool({ host, port, user, password, database, options, max: 4 });
    // A test may end its connections: the next statement tells of it.
    pool.on('error', () => undefined);
    pools.add(pool);
    return pool;
  }

  return {
    connect,
    async createWarehouse() {
      const owner = await bed.createDatabase('warehouse');
      const analyst = await createAnalyst(bed, owner);
      const { service, name, user, password } = owner;
      const database = await mesh.openDatabase({ service, name, user, password, poolSize: 8 });
      const another: WarehouseDatabase['another'] = ({
        reached = () => undefined,
        analystRole = analyst,
        silentMs = 15_000,
      } = {}) => createWarehouse({ database, analystRole, reached, log: mesh.log, silentMs });
      const sql = connect(user, password, name);
      return { warehouse: another(), database, sql, analyst, owner, lines, another };
    },
    close: () => closeAll(pools, mesh, bed),
  };
}

async function createAnalyst({ postgres }: TestBed, { name }: TestDatabase): Promise<string> {
  const { host, port, superuser: user, superuserPassword: password } = postgres;
  const client = new pg.Client({ host, port, user, password, database: name });
  await client.connect();
  try {
    const role = `${name}_analyst`;
    await client.query(
      `create role ${role} login password 'analyst'; grant connect on database ${name} to ${role}`,
    );
    return role;
  } finally {
    await client.end();
  }
}

async function closeAll(pools: ReadonlySet<pg.Pool>, mesh: MeshProcess, bed: TestBed): Promise<void> {
  await Promise.all([...pools].map((pool) => pool.end()));
  await mesh.close();
  await bed.close();
}
