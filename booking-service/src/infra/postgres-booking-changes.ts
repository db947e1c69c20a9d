import { createChangeFeed, type Database, type HistoryTable } from '@flight/mesh';
import type {
  BookingChange,
  BookingChanges,
  BookingTotals,
  ChangeMessage,
  FlightVersion,
} from '../domain/booking-changes.js';
import { toWallClock } from './flight-rows.js';

/** Rows are the domain's own objects but for the wall clocks: a copy may ask for millions. */
export const FLIGHT_VERSIONS: HistoryTable = {
  table: 'flight_version',
  columns: `c.id as "versionId", c.flight_code as "flightCode", c.airline, c.departure, c.arrival,
           c.from_city as "fromCity", c.to_city as "toCity", c.price, c.status, c.seats_total as "seatsTotal",
           ${toMs('c.changed_at')} as "changedAtMs"`,
  joins: '',
};

export const BOOKING_CHANGES: HistoryTable = {
  table: 'booking_change',
  columns: `c.booking_id as "bookingId", c.user_id as "userId", f.flight_code as "flightCode",
           c.payment_method as "paymentMethod", c.price, ${toMs('c.created_at')} as "bookedAtMs",
           ${toMs('c.canceled_at')} as "canceledAtMs"`,
  joins: 'join flight f on f.id = c.flight_id',
};

/** All in one look at the flights, which keep what their bookings come to. */
const TOTALS = `
  (select array[count(*), coalesce(sum(bookings_made), 0), coalesce(sum(bookings_canceled), 0),
                coalesce(sum(amount_booked), 0), coalesce(sum(amount_canceled), 0)]::float8[]
     from flight) as counted`;

interface TotalsRow {
  readonly counted: readonly number[];
}

/**
 * What changed in PostgreSQL, as its history tells it.
 *
 * @param stopped aborts when the process begins to stop: streams have no end of their own
 */
export function createPostgresBookingChanges(parts: {
  readonly database: Database;
  readonly stopped: AbortSignal;
}): BookingChanges {
  const tables = { flights: FLIGHT_VERSIONS, bookings: BOOKING_CHANGES };
  const feed = createChangeFeed<keyof typeof tables, TotalsRow>({ ...parts, tables, totals: TOTALS });
  return {
    async *read(request, call): AsyncGenerator<ChangeMessage> {
      for await (const message of feed.read(request, call)) {
        const { token } = message;
        if (message.kind === 'checkpoint')
          yield { kind: 'checkpoint', asOf: message.asOf, totals: toTotals(message.totals), token };
        else if (message.table === 'flights')
          yield {
            kind: 'flights',
            flights: (message.rows as readonly FlightVersion[]).map(toVersion),
            token,
          };
        else yield { kind: 'bookings', bookings: message.rows as readonly BookingChange[], token };
      }
    },
  };
}

/** Milliseconds since the epoch: read as a number, a time costs a tenth of what it costs as a text. */
function toMs(timestamp: string): string {
  return `round(date_part('epoch', ${timestamp}) * 1000)`;
}

function toVersion(row: FlightVersion): FlightVersion {
  return { ...row, departure: toWallClock(row.departure), arrival: toWallClock(row.arrival) };
}

function toTotals({ counted }: TotalsRow): BookingTotals {
  const [flights = 0, bookings = 0, canceledBookings = 0, bookedAmount = 0, canceledAmount = 0] = counted;
  return { flights, bookings, canceledBookings, bookedAmount, canceledAmount };
}
