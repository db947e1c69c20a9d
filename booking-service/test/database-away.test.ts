import { until } from '@flight/local';
import type { BookFlightRequest, BookFlightResponse } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { type Buyer, book, idOf, someBuyer, someOrder } from './support/buyers.js';
import { countSeats, storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

const TIMEOUT_MS = 2000;

describe('a database that is away', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;
  let buyer: Buyer;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
    buyer = await someBuyer(bed);
  });
  after(() => bed.close());

  /** Tries an order until it is sold: a client's breaker may be open for a while after the failures. */
  async function untilSold(order: BookFlightRequest): Promise<BookFlightResponse> {
    let sold: BookFlightResponse | undefined;
    await until('the order to be sold', async () => {
      sold = await instance.bookings.bookFlight(order, buyer).catch((error: unknown) => {
        expect(error).to.include({ kind: 'unavailable' });
        return undefined;
      });
      return sold !== undefined;
    });
    return sold ?? expect.fail('was not sold');
  }

  it('is said by every method within its deadline, and forgotten when it is back', async () => {
    const { flightCode, fromCity, toCity } = await storeFlight(bed.sql);
    const order = someOrder(flightCode);
    await book(instance, buyer, someOrder(flightCode));
    await bed.database.shut();
    const { flights, bookings } = instance;
    const options = { ...buyer, timeoutMs: TIMEOUT_MS };
    const calls = [
      bookings.bookFlight(order, options),
      bookings.cancelBooking({ bookingId: 1, requestId: '' }, options),
      bookings.listBookings({ userId: buyer.userId, pageSize: 0, pageToken: '' }, options),
      flights.getFlight({ flightCode }, options),
      flights.searchFlights({ fromCity, toCity, pageSize: 0, pageToken: '' }, options),
      flights.seedFlights({ requestId: '' }, options),
      flights.setFlightStatus({ flightCode, status: 'FLIGHT_STATUS_DELAYED', requestId: '' }, options),
    ];
    for (const fault of await Promise.all(calls.map(refusalOf))) {
      expect(fault).to.include({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE', retryAfterMs: 1000 });
    }
    await bed.database.open();
    await untilSold(order);
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 178, confirmed: 2 });
  });

  it('in the middle of an order leaves one booking or none, and a retry finds out', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { flightCode } = await storeFlight(bed.sql);
      const order = someOrder(flightCode);
      const first = instance.bookings.bookFlight(order, buyer).catch(() => undefined);
      await bed.database.shut();
      await first;
      await bed.database.open();
      const again = await untilSold(order);
      const once = await untilSold(order);
      expect(once.replayed).to.equal(true);
      expect(idOf(once)).to.equal(idOf(again));
      expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
    }
  });
});
