import pg from 'pg';
import { formatFigures } from '../../drill.js';

/** Rows of one kind, at their source and in the warehouse. Both queries answer `key` and `row`, as texts. */
interface Pair {
  readonly name: string;
  readonly source: 'bookings' | 'users';
  readonly there: string;
  readonly here: string;
}

/** What the comparison found. */
export interface Comparison {
  readonly compared: number;
  /** At the source and not in the warehouse, or there in another shape. */
  readonly missing: number;
  /** In the warehouse and not at the source, or more than once. */
  readonly surplus: number;
  /** Some of both, in words. */
  readonly examples: readonly string[];
}

export interface ComparedDatabases {
  readonly bookings: pg.ClientConfig;
  readonly users: pg.ClientConfig;
  readonly warehouse: pg.ClientConfig;
}

const EXAMPLES = 10;

/** Feeds tell milliseconds. */
const at = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`;
const row = (...columns: readonly string[]) => `concat_ws('|', ${columns.join(', ')})`;

/** From the sources' own tables, not from their histories: those are part of what is tried here. */
const PAIRS: readonly Pair[] = [
  {
    name: 'booking',
    source: 'bookings',
    there: `
      select b.id::text as key,
             ${row('b.user_id', 'f.flight_code', 'b.payment_method', 'b.price', at('b.created_at'), at('b.canceled_at'))} as row
        from booking b join flight f on f.id = b.flight_id`,
    here: `
      select b.booking_id::text as key,
             ${row('u.user_id', 'f.flight_code', 'p.payment_method', 'b.price', at('b.booked_at'), at('b.canceled_at'))} as row
        from warehouse.fact_booking b
        left join warehouse.user_identity u using (user_key)
        left join warehouse.dim_flight f using (flight_key)
        left join warehouse.dim_payment_method p using (payment_method_key)`,
  },
  {
    name: 'flight',
    source: 'bookings',
    there: `
      select flight_code as key,
             ${row('airline', 'departure', 'arrival', 'from_city', 'to_city', 'price', 'status', 'seats_total')} as row
        from flight`,
    here: `
      select flight_code as key,
             ${row('airline', 'departure', 'arrival', 'from_city', 'to_city', 'price', 'status', 'seats_total')} as row
        from warehouse.dim_flight where is_current`,
  },
  {
    name: 'version of a flight',
    source: 'bookings',
    there: `select id::text as key, ${row('flight_code', 'price', 'status')} as row from flight_version`,
    here: `select version_id::text as key, ${row('flight_code', 'price', 'status')} as row from warehouse.dim_flight`,
  },
  {
    name: 'account',
    source: 'users',
    there: `select id::text as key, ${at('created_at')} as row from user_account`,
    here: `
      select i.user_id::text as key, ${at('u.created_at')} as row
        from warehouse.user_identity i join warehouse.dim_user u using (user_key)
       where u.known and u.removed_at is null`,
  },
  {
    name: 'subscription',
    source: 'users',
    there: `select id::text as key, ${row('user_id', 'flight_code', at('created_at'))} as row from subscription`,
    here: `
      select s.subscription_id::text as key, ${row('i.user_id', 's.flight_code', at('s.subscribed_at'))} as row
        from warehouse.fact_subscription s left join warehouse.user_identity i using (user_key)
       where s.ended_at is null`,
  },
  {
    name: 'flight with updates',
    source: 'users',
    there: 'select flight_code as key, latest_sequence::text as row from flight_position',
    here: `
      select flight_code as key, sum(updates)::text as row from warehouse.fact_flight_update group by flight_code`,
  },
];

/** Answers `key: row` for each row of a query. */
export type ListRows = (database: keyof ComparedDatabases, text: string) => Promise<readonly string[]>;

/** Compares every row. Nobody may be writing, and the warehouse must be up to date. */
export function compareRows(
  databases: ComparedDatabases,
  report: (line: string) => void,
): Promise<Comparison> {
  return compareListed((database, text) => list(databases[database], text), report);
}

/** The same where the databases are asked in another way. */
export async function compareListed(listRows: ListRows, report: (line: string) => void): Promise<Comparison> {
  const total = { compared: 0, missing: 0, surplus: 0, examples: [] as string[] };
  const compared: Record<string, number> = {};
  for (const pair of PAIRS) {
    const [there, here] = await Promise.all([
      listRows(pair.source, pair.there),
      listRows('warehouse', pair.here),
    ]);
    compared[pair.name] = there.length;
    total.compared += there.length;
    const left = new Map<string, number>();
    for (const text of here) left.set(text, (left.get(text) ?? 0) + 1);
    for (const text of there) {
      const count = left.get(text) ?? 0;
      if (count > 1) left.set(text, count - 1);
      else if (count === 1) left.delete(text);
      else {
        total.missing += 1;
        total.examples.push(`${pair.name} ${text} is missing`);
      }
    }
    for (const [text, count] of left) {
      total.surplus += count;
      total.examples.push(`${pair.name} ${text} is too much`);
    }
  }
  report(`compared: ${formatFigures(compared)}`);
  return { ...total, examples: total.examples.slice(0, EXAMPLES) };
}

async function list(config: pg.ClientConfig, text: string): Promise<readonly string[]> {
  const client = new pg.Client(config);
  try {
    await client.connect();
    const { rows } = await client.query<{ key: string; row: string }>(text);
    return rows.map(({ key, row: values }) => `${key}: ${values}`);
  } finally {
    await client.end();
  }
}
