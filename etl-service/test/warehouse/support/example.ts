import type { Warehouse } from '../../../src/domain/warehouse.js';
import { at, booking, checkpoint, flight, subscription, update, user } from './changes.js';
import { loadWindow } from './load.js';

const ROME = { flightCode: 'FL001' };
const BACK = { flightCode: 'FL002', fromCity: 'Rome', toCity: 'Oslo', price: 80, seatsTotal: 5 };
const PARIS = { flightCode: 'FL003', airline: 'Northwind', toCity: 'Paris', price: 60, seatsTotal: 4 };

/** The few flights, bookings and accounts that docs/warehouse.md answers its questions on. */
export async function loadExample(warehouse: Warehouse): Promise<void> {
  await loadWindow(
    warehouse,
    'booking-service',
    {
      flights: [
        flight(1, ROME),
        flight(2, { ...BACK, departure: '2026-05-08 18:00', arrival: '2026-05-08 20:30' }),
        flight(3, PARIS),
        flight(4, { ...ROME, price: 120, changedAt: at('2026-02-03') }),
        flight(5, { ...PARIS, status: 'Delayed', changedAt: at('2026-02-10') }),
      ],
      bookings: [
        booking(1, { ...ROME, userId: 1, bookedAt: at('2026-01-30') }),
        booking(2, { ...BACK, userId: 1, price: 80, bookedAt: at('2026-01-30') }),
        booking(3, { ...ROME, userId: 2, paymentMethod: 'paypal', bookedAt: at('2026-02-02') }),
        booking(4, { ...PARIS, userId: 3, price: 60, bookedAt: at('2026-02-02') }),
        booking(5, { ...ROME, userId: 3, price: 120, bookedAt: at('2026-02-07') }),
        booking(6, { ...PARIS, userId: 4, price: 60, paymentMethod: 'paypal', bookedAt: at('2026-02-07') }),
        booking(3, {
          ...ROME,
          userId: 2,
          paymentMethod: 'paypal',
          bookedAt: at('2026-02-02'),
          canceledAt: at('2026-02-07'),
        }),
        booking(4, {
          ...PARIS,
          userId: 3,
          price: 60,
          bookedAt: at('2026-02-02'),
          canceledAt: at('2026-02-11'),
        }),
      ],
    },
    { end: checkpoint({}, at('2026-02-12T09:00:00')) },
  );
  await loadWindow(
    warehouse,
    'user-service',
    {
      users: [user(1), user(2), user(3), user(4, { createdAt: at('2026-02-05') }), user(5, { staff: true })],
      subscriptions: [
        subscription(1, { userId: 1 }),
        subscription(2, { userId: 3 }),
        subscription(3, { ...PARIS, userId: 4, endedAt: at('2026-02-11') }),
        subscription(4, { userId: 2, flightCode: 'XX900' }),
      ],
      flightUpdates: [
        update(1, { ...PARIS, publishedAt: at('2026-02-10') }),
        update(2, { ...PARIS, publishedAt: at('2026-02-11') }),
        update(1, { publishedAt: at('2026-02-03') }),
      ],
    },
    { end: checkpoint({}, at('2026-02-12T09:00:05')) },
  );
}
