import pg from 'pg';
import type { StarSchema } from './star-schema.js';
import type { Session } from './star-session.js';

/** What analysts may read. Who is who, the totals and what loads leave behind is not among it. */
export const ANALYSTS_READ = [
  'dim_date',
  'dim_flight',
  'dim_payment_method',
  'dim_user',
  'fact_booking',
  'fact_flight_update',
  'fact_subscription',
  'bookings_by_day',
  'bookings_by_weekday',
  'cancellation_rate_by_airline',
  'freshness',
  'load_factor_by_flight',
  'revenue_by_airline',
  'revenue_by_day',
  'revenue_by_month',
  'revenue_by_payment_method',
  'revenue_by_route',
  'subscriptions_by_flight',
  'updates_by_flight',
] as const;

/** The role of the analysts, and what is done where the database has none. */
export interface Analysts {
  readonly role: string;
  readonly onMissing: () => void;
}

/** Lets the analysts' role read a star. */
export async function grantAnalysts(
  session: Session,
  schema: StarSchema,
  { role, onMissing }: Analysts,
): Promise<void> {
  const [known] = await session.query('select from pg_roles where rolname = $1', [role]);
  if (known === undefined) return onMissing();
  const tables = ANALYSTS_READ.map((table) => `${schema}.${table}`);
  const [lacking] = await session.query(
    `select from unnest($2::text[]) as name
      where not has_schema_privilege($1, '${schema}', 'usage') or not has_table_privilege($1, name, 'select')
      limit 1`,
    [role, tables],
  );
  if (lacking === undefined) return;
  const name = pg.escapeIdentifier(role);
  await session.query(
    `grant usage on schema ${schema} to ${name}; grant select on ${tables.join(', ')} to ${name}`,
  );
}
