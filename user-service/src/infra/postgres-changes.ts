import { createChangeFeed, type Database } from '@flight/mesh';
import type {
  AccountVersion,
  PublishedUpdate,
  SubscriptionChange,
  UserChanges,
  UserTotals,
} from '../domain/user-changes.js';

interface AccountVersionRow {
  readonly user_id: number;
  readonly roles: readonly string[];
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly removed: boolean;
}

interface SubscriptionChangeRow {
  readonly subscription_id: number;
  readonly user_id: number;
  readonly flight_code: string;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

interface FlightUpdateChangeRow {
  readonly flight_code: string;
  readonly sequence: number;
  readonly published_at: Date;
}

interface TotalsRow {
  readonly users: number;
  readonly subscriptions: number;
  readonly flight_updates: number;
}

const TABLES = {
  accounts: {
    table: 'account_version',
    columns: 'c.user_id, c.roles, c.created_at, c.changed_at, c.removed',
    joins: '',
  },
  subscriptions: {
    table: 'subscription_change',
    columns: 'c.subscription_id, c.user_id, c.flight_code, c.created_at, c.ended_at',
    joins: '',
  },
  flightUpdates: {
    table: 'flight_update_change',
    columns: 'c.flight_code, c.sequence, c.published_at',
    joins: '',
  },
};

// Of the tables that the histories are of, not of the histories: whoever adds up the changes can check them by it.
const TOTALS = `
  (select count(*) from user_account)::float8 as users,
  (select count(*) from subscription)::float8 as subscriptions,
  (select coalesce(sum(latest_sequence), 0) from flight_position)::float8 as flight_updates`;

/** Reads what changed from the history in PostgreSQL. */
export function createPostgresChanges(
  database: Database,
  stopped: AbortSignal,
  keepAliveMs: number,
): UserChanges {
  const feed = createChangeFeed<keyof typeof TABLES, TotalsRow>({
    database,
    tables: TABLES,
    totals: TOTALS,
    stopped,
    keepAliveMs,
  });

  return {
    async *read(request, caller) {
      for await (const message of feed.read(request, caller)) {
        const { token } = message;
        if (message.kind === 'rows') yield { token, ...toChanges(message) };
        else yield { kind: 'checkpoint', asOf: message.asOf, totals: toTotals(message.totals), token };
      }
    },
  };
}

function toChanges({
  table,
  rows,
}: {
  readonly table: keyof typeof TABLES;
  readonly rows: readonly unknown[];
}) {
  switch (table) {
    case 'accounts':
      return { kind: table, accounts: (rows as readonly AccountVersionRow[]).map(toAccountVersion) };
    case 'subscriptions':
      return {
        kind: table,
        subscriptions: (rows as readonly SubscriptionChangeRow[]).map(toSubscriptionChange),
      };
    case 'flightUpdates':
      return {
        kind: table,
        flightUpdates: (rows as readonly FlightUpdateChangeRow[]).map(toPublishedUpdate),
      };
  }
}

function toAccountVersion(row: AccountVersionRow): AccountVersion {
  const { user_id, roles, created_at, changed_at, removed } = row;
  return { userId: user_id, roles, createdAt: created_at, changedAt: changed_at, removed };
}

function toSubscriptionChange(row: SubscriptionChangeRow): SubscriptionChange {
  return {
    subscriptionId: row.subscription_id,
    userId: row.user_id,
    flightCode: row.flight_code,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
  };
}

function toPublishedUpdate({ flight_code, sequence, published_at }: FlightUpdateChangeRow): PublishedUpdate {
  return { flightCode: flight_code, sequence, publishedAt: published_at };
}

function toTotals({ users, subscriptions, flight_updates }: TotalsRow): UserTotals {
  return { users, subscriptions, flightUpdates: flight_updates };
}
