import type { Booking, Order, OrderOutcome } from './booking.js';
import type { CallLimits } from './call-limits.js';
import type { PageRequest } from './page.js';

/** How an order is to be placed. */
export interface OrderCall extends CallLimits {
  /** How often this very call was tried before: a later try waits for an earlier one that is still running. */
  readonly attempt: number;
}

/** Where bookings are kept. Each method is atomic. */
export interface Bookings {
  /** Takes a seat and stores the booking, or does nothing. An order that was booked before is answered from the store. */
  place(order: Order, call: OrderCall): Promise<OrderOutcome>;
  /** Gives the seat back, once. Undefined when the user has no such booking. */
  cancel(bookingId: number, userId: number, call: CallLimits): Promise<Booking | undefined>;
  /** A user's bookings by id, up to one more than the page holds. */
  listOfUser(userId: number, page: PageRequest<number>, call: CallLimits): Promise<readonly Booking[]>;
}
