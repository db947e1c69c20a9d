import type { Database } from '@flight/mesh';
import { type Order, type OrderOutcome, toFingerprint } from '../domain/booking.js';
import type { OrderCall } from '../domain/bookings.js';
import { type BookingRow, toBooking } from './booking-rows.js';
import { PLACE_ORDER } from './place-order-statement.js';
import { toWrite } from './query-options.js';

/** How often an order is placed anew after it lost a race. Each time somebody else got on, so few are enough. */
const ROUNDS = 5;

interface OutcomeRow extends BookingRow {
  readonly outcome: OrderOutcome['kind'] | 'moved';
}

/** Takes a seat and stores the booking, or does nothing. */
export async function placeOrder(
  database: Database,
  order: Order,
  now: Date,
  call: OrderCall,
): Promise<OrderOutcome> {
  const values = [
    order.userId,
    `${order.userId}:${order.requestId}`,
    toFingerprint(order),
    order.flightCode,
    order.paymentMethod,
    call.attempt > 0,
    now,
  ];
  const options = toWrite(call);
  for (let round = 0; round < ROUNDS; round += 1) {
    const row = await placeOnce(database, values, options);
    if (row !== undefined && row.outcome !== 'moved') return toOutcome(row, row.outcome);
  }
  // Round for round, the seat that was in sight had gone when the flight was locked.
  return { kind: 'sold_out' };
}

/** Undefined when the same order was booked while this one was being placed. */
async function placeOnce(
  database: Database,
  values: readonly unknown[],
  options: Parameters<Database['query']>[2],
): Promise<OutcomeRow | undefined> {
  try {
    const [row] = await database.query<OutcomeRow>(PLACE_ORDER, values, options);
    if (row === undefined) throw new Error('place_order answered nothing');
    return row;
  } catch (error) {
    if (isTakenRequest(error)) return undefined;
    throw error;
  }
}

function isTakenRequest(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && constraint === 'booking_request_key';
}

function toOutcome(row: OutcomeRow, kind: OrderOutcome['kind']): OrderOutcome {
  switch (kind) {
    case 'booked':
    case 'replayed':
      return { kind, booking: toBooking(row) };
    default:
      return { kind };
  }
}
