import { type Database, type Statement, type Transaction, withOwnLimits } from '@flight/mesh';
import type { FlightStatus } from '../domain/flight.js';
import { toRoute } from '../domain/route.js';
import type { StatusEvent } from '../domain/status-event.js';

/** What became of an event that was taken out of the outbox. */
export type Delivery =
  | { readonly kind: 'delivered' }
  /** To be tried again. */
  | { readonly kind: 'failed' }
  /** Never to be tried again, and why. */
  | { readonly kind: 'refused'; readonly reason: string };

export type Outcome = readonly [event: StatusEvent, delivery: Delivery];

/** How many events wait, and how many were refused for good. */
export interface OutboxCount {
  readonly waiting: number;
  readonly parked: number;
}

/** The changes of status that are stored and not told yet. Every method rejects when the database is away. */
export interface StatusOutbox {
  count(): Promise<OutboxCount>;
  /**
   * Hands out the oldest event of each flight, up to a few flights, all at once, and strikes off what was delivered.
   * Of all instances one does this at a time: undefined while it is another one. Dying on the way strikes nothing off.
   *
   * @param leaveOut codes of flights whose events are not wanted now
   */
  deliverOldest(
    deliver: (event: StatusEvent) => Promise<Delivery>,
    leaveOut: readonly string[],
  ): Promise<readonly Outcome[] | undefined>;
}

/** How many flights' news are told at the same time. */
const FLIGHTS_AT_ONCE = 16;
/** How long the database, and those who are told, may take together, in milliseconds. */
const ROUND_TIMEOUT_MS = 10_000;

const COUNT_EVENTS: Statement = {
  name: 'count_status_events',
  text: `
    select count(*) filter (where parked_at is null) as waiting, count(parked_at) as parked
      from flight_status_event`,
};

/** A lock that ends with the transaction, also when the service dies. */
const CLAIM_OUTBOX: Statement = {
  name: 'claim_status_outbox',
  text: `select pg_try_advisory_xact_lock(hashtextextended('flight_status_event', 0)) as held`,
};

const OLDEST_EVENTS: Statement = {
  name: 'oldest_status_events',
  text: `
    select e.id, e.flight_code, e.status, f.from_city, f.to_city
      from (select distinct on (flight_code) id, flight_code, status
              from flight_status_event
             where parked_at is null and flight_code <> all ($1::text[])
             order by flight_code, id) e
      join flight f on f.flight_code = e.flight_code
     order by e.id
     limit $2`,
};

const DELETE_EVENTS: Statement = {
  name: 'delete_status_events',
  text: `delete from flight_status_event where id = any ($1::bigint[])`,
};

const PARK_EVENT: Statement = {
  name: 'park_status_event',
  text: `update flight_status_event set parked_at = $2, parked_reason = $3 where id = $1`,
};

interface EventRow {
  readonly id: number;
  readonly flight_code: string;
  readonly status: FlightStatus;
  readonly from_city: string;
  readonly to_city: string;
}

/** The outbox in PostgreSQL. */
export function createStatusOutbox(database: Database, now: () => number): StatusOutbox {
  return {
    count: () =>
      withOwnLimits(ROUND_TIMEOUT_MS, async (limits) => {
        const [row] = await database.query<OutboxCount>(COUNT_EVENTS, [], limits);
        return row ?? { waiting: 0, parked: 0 };
      }),

    deliverOldest: (deliver, leaveOut) =>
      withOwnLimits(ROUND_TIMEOUT_MS, (limits) =>
        database.transaction(
          async (transaction) => {
            const events = await claimOldest(transaction, leaveOut);
            if (events === undefined) return undefined;
            const outcomes = await Promise.all(
              events.map(async (event): Promise<Outcome> => [event, await deliver(event)]),
            );
            await strikeOff(transaction, outcomes, new Date(now()));
            return outcomes;
          },
          { ...limits, commit: true },
        ),
      ),
  };
}

async function claimOldest(
  transaction: Transaction,
  leaveOut: readonly string[],
): Promise<readonly StatusEvent[] | undefined> {
  const [claim] = await transaction.query<{ readonly held: boolean }>(CLAIM_OUTBOX, []);
  if (!claim?.held) return undefined;
  const rows = await transaction.query<EventRow>(OLDEST_EVENTS, [leaveOut, FLIGHTS_AT_ONCE]);
  return rows.map(toEvent);
}

async function strikeOff(transaction: Transaction, outcomes: readonly Outcome[], now: Date): Promise<void> {
  const delivered = outcomes.flatMap(([{ id }, { kind }]) => (kind === 'delivered' ? [id] : []));
  if (delivered.length > 0) await transaction.query(DELETE_EVENTS, [delivered]);
  for (const [{ id }, delivery] of outcomes) {
    if (delivery.kind === 'refused') await transaction.query(PARK_EVENT, [id, now, delivery.reason]);
  }
}

function toEvent(row: EventRow): StatusEvent {
  const route = toRoute({ fromCity: row.from_city, toCity: row.to_city });
  return { id: row.id, flightCode: row.flight_code, status: row.status, route };
}
