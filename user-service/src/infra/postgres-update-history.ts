import type { Database, Statement } from '@flight/mesh';
import type { Caller } from '../domain/caller.js';

/** What of the history of updates is kept: everything that is neither too old nor beyond the count. */
export interface KeptHistory {
  /** In milliseconds; requests are remembered as long. */
  readonly ageMs: number;
  /** Newest updates of each flight. */
  readonly count: number;
}

/** Drops what need not be kept any more. */
export interface UpdateHistory {
  /**
   * Drops until nothing is left to drop, in batches, and answers how many updates were dropped. Does nothing while
   * another instance is at it. Positions stay.
   */
  trim(kept: KeptHistory, now: number, caller: Caller): Promise<number>;
}

/** The lock of the instance that trims; a number of no meaning that nothing else uses. */
const LOCK = 7_274_117_002;
/** Few enough rows for a transaction of milliseconds. */
const BATCH = 1000;

const TRY_LOCK: Statement = {
  name: 'try-lock-update-history',
  text: 'select pg_try_advisory_xact_lock($1) as locked',
};

// Oldest first. Updates of a flight are dated in the order of their numbers, so what stays has no holes.
const DROP_OLD: Statement = {
  name: 'drop-old-flight-updates',
  text: `delete from flight_update
         using (
           select flight_code, sequence from flight_update
           where created_at < $1
           order by created_at, sequence
           limit $2
         ) old
         where flight_update.flight_code = old.flight_code and flight_update.sequence = old.sequence
         returning 1`,
};

// Lowest number first, so what stays has no holes.
const DROP_BEYOND_COUNT: Statement = {
  name: 'drop-flight-updates-beyond-count',
  text: `delete from flight_update
         using (
           select surplus.flight_code, surplus.sequence
           from flight_position
           cross join lateral (
             select flight_code, sequence from flight_update
             where flight_code = flight_position.flight_code
               and sequence <= flight_position.latest_sequence - $1
             order by sequence
             limit $2
           ) surplus
           where flight_position.latest_sequence > $1
           order by surplus.sequence
           limit $2
         ) old
         where flight_update.flight_code = old.flight_code and flight_update.sequence = old.sequence
         returning 1`,
};

const FORGET_REQUESTS: Statement = {
  name: 'forget-flight-update-requests',
  text: `delete from flight_update_request
         using (
           select caller, request_id from flight_update_request
           where created_at < $1
           order by created_at
           limit $2
         ) old
         where flight_update_request.caller = old.caller and flight_update_request.request_id = old.request_id
         returning 1`,
};

/** Trims the history of flight updates in PostgreSQL. */
export function createPostgresUpdateHistory(database: Database): UpdateHistory {
  /** Runs one statement under the lock; answers how many rows it dropped, or undefined without the lock. */
  function dropBatch(
    statement: Statement,
    bound: Date | number,
    caller: Caller,
  ): Promise<number | undefined> {
    return database.transaction(async (transaction) => {
      const [lock] = await transaction.query<{ locked: boolean }>(TRY_LOCK, [LOCK]);
      if (!lock?.locked) return undefined;
      return (await transaction.query(statement, [bound, BATCH])).length;
    }, caller);
  }

  async function dropAll(statement: Statement, bound: Date | number, caller: Caller): Promise<number> {
    let total = 0;
    for (;;) {
      const dropped = await dropBatch(statement, bound, caller);
      total += dropped ?? 0;
      if (dropped === undefined || dropped < BATCH) return total;
    }
  }

  return {
    async trim({ ageMs, count }, now, caller) {
      const oldest = new Date(now - ageMs);
      const old = await dropAll(DROP_OLD, oldest, caller);
      const surplus = await dropAll(DROP_BEYOND_COUNT, count, caller);
      await dropAll(FORGET_REQUESTS, oldest, caller);
      return old + surplus;
    },
  };
}
