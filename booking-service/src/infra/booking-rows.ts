import type { Booking, BookingStatus } from '../domain/booking.js';
import type { FlightStatus } from '../domain/flight.js';
import { toWallClock } from './flight-rows.js';

export interface BookingRow {
  readonly id: number;
  readonly user_id: number;
  readonly flight_code: string;
  readonly status: BookingStatus;
  readonly payment_method: string;
  readonly price: number;
  readonly departure: string;
  readonly flight_status: FlightStatus;
  readonly created_at: Date;
  readonly canceled_at: Date | null;
}

export function toBooking(row: BookingRow): Booking {
  return {
    id: row.id,
    userId: row.user_id,
    flightCode: row.flight_code,
    status: row.status,
    paymentMethod: row.payment_method,
    price: row.price,
    departure: toWallClock(row.departure),
    flightStatus: row.flight_status,
    bookedAt: row.created_at,
    canceledAt: row.canceled_at ?? undefined,
  };
}
