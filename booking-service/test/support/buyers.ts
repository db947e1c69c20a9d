import { randomUUID } from 'node:crypto';
import type { BookFlightRequest, BookFlightResponse } from '@flight/proto/booking';
import type { BookingBed, Instance } from './booking-bed.js';

/** Somebody who is signed in. */
export interface Buyer {
  readonly userId: number;
  readonly token: string;
}

let buyers = 0;

/** Somebody new. */
export async function someBuyer(bed: BookingBed, roles: readonly string[] = []): Promise<Buyer> {
  buyers += 1;
  return { userId: buyers, token: await bed.keys.sign(buyers, { roles }) };
}

/** An order as a test wants it. */
export function someOrder(flightCode: string, wishes: Partial<BookFlightRequest> = {}): BookFlightRequest {
  return { flightCode, paymentMethod: 'credit_card', requestId: randomUUID(), ...wishes };
}

/** Books a seat and answers the booking's id. */
export async function book(instance: Instance, buyer: Buyer, order: BookFlightRequest): Promise<number> {
  return idOf(await instance.bookings.bookFlight(order, buyer));
}

export function idOf({ booking }: Pick<BookFlightResponse, 'booking'>): number {
  if (booking === undefined) throw new Error('the answer has no booking');
  return booking.id;
}
