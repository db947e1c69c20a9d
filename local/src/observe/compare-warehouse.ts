import pg from 'pg';
import type { Stack } from '../stack/running-stack.js';
import { WAREHOUSE_ROWS, type WarehouseRows } from './warehouse-rows.js';

/** What comparing the warehouse with its sources came to. */
export interface WarehouseComparison {
  /** Rows at the sources, by what they are in the warehouse. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows that are not the same on both sides, such as `fact_booking 17: missing`; the first 100. */
  readonly differences: readonly string[];
}

interface Row {
  readonly key: string;
  readonly state: string;
}

const SHOWN = 100;
/** Rows that are held of each side at a time. */
const FETCH = 10_000;
/** How long a server may take to let somebody in, and to sort what is compared, in milliseconds. */
const CONNECT_MS = 5_000;
const QUERY_MS = 120_000;

/**
 * Compares every row of the warehouse of a stack with the tables of its services. It tells the truth about a moment only
 * when nothing is written and everything has been loaded; of what it compares, it knows nothing but the tables.
 *
 * @throws Error of pg
 */
export async function compareWarehouse(
  stack: Pick<Stack, 'databases' | 'findPrimary'>,
): Promise<WarehouseComparison> {
  const [warehouse, ...sources] = await Promise.all(
    (['warehouse', 'booking-db', 'user-db'] as const).map(async (service) => ({
      service,
      client: await open(stack, service),
    })),
  );
  try {
    const rows: Record<string, number> = {};
    const differences: string[] = [];
    for (const compared of WAREHOUSE_ROWS) {
      const source = sources.find(({ service }) => service === compared.source);
      if (source === undefined || warehouse === undefined) throw new Error('a database is missing');
      rows[compared.name] = await compare(compared, source.client, warehouse.client, differences);
    }
    return { rows, differences };
  } finally {
    await Promise.all([warehouse, ...sources].map((opened) => opened?.client.end()));
  }
}

async function open(stack: Pick<Stack, 'databases' | 'findPrimary'>, service: string): Promise<pg.Client> {
  const database = stack.databases.find((each) => each.service === service);
  if (database === undefined) throw new Error(`this stack has no ${service}`);
  const { host, port } = await stack.findPrimary(service);
  const { name, user, password } = database;
  const client = new pg.Client({
    ...{ host, port, database: name, user, password, ssl: false },
    application_name: 'compare-warehouse',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
  });
  // A connection that breaks while it is idle emits this; the next statement reports the same.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Walks both sides in the order of their keys. Answers how many rows the source has. */
async function compare(
  { name, atSource, inWarehouse }: WarehouseRows,
  source: pg.Client,
  warehouse: pg.Client,
  differences: string[],
): Promise<number> {
  const [told, loaded] = [readRows(source, atSource), readRows(warehouse, inWarehouse)];
  const tell = (key: string, what: string) => {
    if (differences.length < SHOWN) differences.push(`${name} ${key}: ${what}`);
  };
  let rows = 0;
  let [one, other] = [await nextOf(told), await nextOf(loaded)];
  while (one !== undefined || other !== undefined) {
    if (other === undefined || (one !== undefined && one.key < other.key)) {
      if (one !== undefined) tell(one.key, 'missing');
      rows += 1;
      one = await nextOf(told);
    } else if (one === undefined || other.key < one.key) {
      tell(other.key, 'not at the source, or once too often');
      other = await nextOf(loaded);
    } else {
      if (one.state !== other.state) tell(one.key, `is ${other.state}, at the source ${one.state}`);
      rows += 1;
      [one, other] = [await nextOf(told), await nextOf(loaded)];
    }
  }
  return rows;
}

async function nextOf(rows: AsyncGenerator<Row>): Promise<Row | undefined> {
  const { value, done } = await rows.next();
  return done ? undefined : value;
}

/** All rows of a statement, some at a time, as of one moment. */
async function* readRows(client: pg.Client, statement: string): AsyncGenerator<Row> {
  await client.query(`begin read only; declare compared no scroll cursor for ${statement}`);
  try {
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${FETCH} from compared`);
      yield* rows;
      if (rows.length < FETCH) return;
    }
  } finally {
    await client.query('rollback');
  }
}
