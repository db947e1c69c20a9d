import type { Database, Statement } from '@flight/mesh';
import { userNotFound } from '../domain/access.js';
import type { Caller } from '../domain/caller.js';
import type { Subscribed, Subscription, Subscriptions } from '../domain/subscription.js';
import { toReplicaRead, toWrite } from './query-options.js';

const INSERT: Statement = {
  name: 'insert-subscription',
  text: `insert into subscription (user_id, flight_code, created_at)
         values ($1, $2, $3)
         on conflict (user_id, flight_code) do nothing
         returning created_at`,
};

const FIND: Statement = {
  name: 'find-subscription',
  text: 'select created_at from subscription where user_id = $1 and flight_code = $2',
};

const DELETE: Statement = {
  name: 'delete-subscription',
  text: 'delete from subscription where user_id = $1 and flight_code = $2 returning id',
};

// No row: no such user. One row without a code: a user without subscriptions (after that place).
const LIST: Statement = {
  name: 'list-subscriptions',
  text: `select subscription.flight_code, subscription.created_at
         from user_account
         left join subscription
           on subscription.user_id = user_account.id and subscription.flight_code > $2
         where user_account.id = $1
         order by subscription.flight_code
         limit $3`,
};

interface ListRow {
  readonly flight_code: string | null;
  readonly created_at: Date | null;
}

/** Keeps subscriptions in PostgreSQL. */
export function createPostgresSubscriptions(database: Database): Subscriptions {
  async function add(userId: number, wish: Subscription, caller: Caller): Promise<Subscribed> {
    const values = [userId, wish.flightCode, wish.createdAt];
    const inserting = database.query<{ created_at: Date }>(INSERT, values, toWrite(caller));
    const [added] = await inserting.catch((error: unknown) => {
      throw isMissingUser(error) ? userNotFound(userId) : error;
    });
    if (added) return { subscription: wish, alreadySubscribed: false };
    const subscription = await find(userId, wish.flightCode, caller);
    if (!subscription) return add(userId, wish, caller); // It was removed between the two statements.
    return { subscription, alreadySubscribed: true };
  }

  async function find(userId: number, flightCode: string, caller: Caller): Promise<Subscription | undefined> {
    const [found] = await database.query<{ created_at: Date }>(FIND, [userId, flightCode], caller);
    return found && { flightCode, createdAt: found.created_at };
  }

  return {
    add,
    find,
    async remove(userId, flightCode, caller) {
      const removed = await database.query(DELETE, [userId, flightCode], toWrite(caller));
      return removed.length > 0;
    },
    async list(userId, after, limit, caller) {
      const rows = await database.query<ListRow>(LIST, [userId, after, limit], toReplicaRead(caller));
      if (rows.length === 0) throw userNotFound(userId);
      return rows.flatMap(({ flight_code, created_at }) =>
        flight_code !== null && created_at !== null
          ? [{ flightCode: flight_code, createdAt: created_at }]
          : [],
      );
    },
  };
}

/** A token can outlive its account. */
function isMissingUser(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'subscription_user_id_fkey';
}
