import type { Changes } from '../domain/changes.js';
import type { Source } from '../domain/source.js';
import { type Cell, toCopyBlocks } from './stage-copy.js';
import type { Session } from './star-session.js';

/** The tables that hold a source's changes until they are merged. */
export const STAGE_TABLES: Readonly<Record<Source, readonly string[]>> = {
  'booking-service': ['stage_flight', 'stage_booking'],
  'user-service': ['stage_user', 'stage_subscription', 'stage_flight_update'],
};

/**
 * Copies changes into the tables of their kinds.
 *
 * @param before how many of the window are staged already: their numbers go on from there
 * @returns how many these are
 */
export async function copyChanges(session: Session, changes: Changes, before: number): Promise<number> {
  let count = before;
  async function copy<Row>(
    target: string,
    rows: readonly Row[],
    toCells: (row: Row, ordinal: number) => readonly Cell[],
  ) {
    if (rows.length === 0) return;
    const first = count;
    await session.copy(
      target,
      toCopyBlocks(rows, (row, index) => toCells(row, first + index)),
    );
    count += rows.length;
  }

  await copy(
    `stage_flight (ordinal, version_id, flight_code, airline, departure, arrival, from_city, to_city, price, status,
                   seats_total, changed_at)`,
    changes.flights,
    (f, ordinal) => [
      ordinal,
      f.versionId,
      f.flightCode,
      f.airline,
      f.departure,
      f.arrival,
      f.fromCity,
      f.toCity,
      f.price,
      f.status,
      f.seatsTotal,
      f.changedAt,
    ],
  );
  await copy(
    'stage_booking (ordinal, booking_id, user_id, flight_code, payment_method, price, booked_ms, canceled_ms)',
    changes.bookings,
    (b, ordinal) => [
      ordinal,
      b.bookingId,
      b.userId,
      b.flightCode,
      b.paymentMethod,
      b.price,
      b.bookedAt.getTime(),
      b.canceledAt?.getTime(),
    ],
  );
  await copy(
    'stage_user (ordinal, user_id, staff, created_at, changed_at, removed)',
    changes.users,
    (u, ordinal) => [ordinal, u.userId, u.staff, u.createdAt, u.changedAt, u.removed],
  );
  await copy(
    'stage_subscription (ordinal, subscription_id, user_id, flight_code, subscribed_at, ended_at)',
    changes.subscriptions,
    (s, ordinal) => [ordinal, s.subscriptionId, s.userId, s.flightCode, s.subscribedAt, s.endedAt],
  );
  await copy(
    'stage_flight_update (ordinal, flight_code, published_at)',
    changes.flightUpdates,
    (u, ordinal) => [ordinal, u.flightCode, u.publishedAt],
  );
  return count - before;
}
