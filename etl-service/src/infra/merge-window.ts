import type { Source } from '../domain/source.js';
import { mergeBookings } from './merge-bookings.js';
import { addDays } from './merge-dates.js';
import { mergeFlights } from './merge-flights.js';
import { mergeFlightUpdates, mergeSubscriptions } from './merge-subscriptions.js';
import { addUsers, mergeUsers } from './merge-users.js';
import { STAGE_TABLES } from './stage-changes.js';
import { sealStar } from './star-ddl.js';
import type { Session } from './star-session.js';

/** The tables that a source's windows go into. */
const STAR_TABLES: Readonly<Record<Source, readonly string[]>> = {
  'booking-service': ['dim_user', 'dim_flight', 'dim_payment_method', 'fact_booking'],
  'user-service': ['dim_user', 'fact_subscription', 'fact_flight_update'],
};

/** The total that tells how large a source's largest fact is. */
const SIZE: Readonly<Record<Source, string>> = {
  'booking-service': 'bookings',
  'user-service': 'subscriptions',
};

/** What share of the largest fact a window must be for whole tables to be read for it. */
const LARGE_SHARE = 0.1;

/** How a window is merged. */
export interface Plan {
  /** The source has none before: there is nothing that it could change. */
  readonly first: boolean;
  /** It is worth reading whole tables for it; otherwise each row that it changes is looked up. */
  readonly large: boolean;
}

export async function planMerge(session: Session, source: Source, staged: number): Promise<Plan> {
  const [row] = await session.query<{ first: boolean; size: number }>(
    `select not exists (select from position where source = $1) as first,
            coalesce((select value from total where name = $2), 0) as size`,
    [source, SIZE[source]],
  );
  const first = row?.first ?? true;
  return { first, large: first || staged > LARGE_SHARE * (row?.size ?? 0) };
}

/** Merges what is staged into the star, inside the transaction that is open. */
export async function mergeWindow(session: Session, source: Source, { first, large }: Plan): Promise<void> {
  await session.query(`analyze ${STAGE_TABLES[source].join(', ')}`);
  // The planner would read all of a large table for a few thousand rows; then a merge would cost what the warehouse
  // holds instead of what has changed.
  if (!large) await session.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
  await MERGES[source](session, { first, large });
}

/** Makes what follows the first window. */
export async function sealAfter(session: Session, source: Source, { first }: Plan): Promise<void> {
  if (first) await sealStar(session, source);
}

/** Tells the planner what has become of the tables. */
export async function analyzeAfter(session: Session, source: Source, { large }: Plan): Promise<void> {
  if (large) await session.query(`analyze ${STAR_TABLES[source].join(', ')}`);
}

const MERGES: Readonly<Record<Source, (session: Session, plan: Plan) => Promise<void>>> = {
  async 'booking-service'(session, { first, large }) {
    await addUsers(session, ['stage_booking']);
    await mergeFlights(session, first);
    // Of a table that was just filled the planner knows nothing, and would look up each booking's flight and user.
    if (large) await session.query('analyze user_identity, dim_flight');
    await mergeBookings(session, first);
  },
  async 'user-service'(session) {
    await addDays(session, {
      stage_user: ['created_at'],
      stage_subscription: ['subscribed_at', 'ended_at'],
      stage_flight_update: ['published_at'],
    });
    await addUsers(session, ['stage_user', 'stage_subscription']);
    await mergeUsers(session);
    await mergeSubscriptions(session);
    await mergeFlightUpdates(session);
  },
};
