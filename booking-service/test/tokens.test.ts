import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { someOrder } from './support/buyers.js';
import { storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('access tokens', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;
  let flightCode: string;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
    ({ flightCode } = await storeFlight(bed.sql));
  });
  after(() => bed.close());

  const order = (token: string | undefined) =>
    instance.bookings.bookFlight(someOrder(flightCode), token === undefined ? {} : { token });

  it('are asked for by every method that acts for somebody', async () => {
    const { bookings } = instance;
    const calls = [
      bookings.bookFlight(someOrder(flightCode), {}),
      bookings.listBookings({ userId: 1, pageSize: 0, pageToken: '' }, {}),
      bookings.cancelBooking({ bookingId: 1, requestId: '' }, {}),
    ];
    for (const call of calls) {
      expect(await refusalOf(call)).to.include({ kind: 'unauthenticated', reason: 'TOKEN_MISSING' });
    }
  });

  it('are refused when they are forged, for somebody else, or over', async () => {
    const good = await bed.keys.sign(1);
    const bad = [`${good.slice(0, -6)}AAAAAA`, 'nonsense', await bed.keys.sign(1, { audience: 'another' })];
    for (const token of bad) {
      expect(await refusalOf(order(token))).to.include({ kind: 'unauthenticated', reason: 'TOKEN_INVALID' });
    }
    const over = await bed.keys.sign(1, { expiresInS: -60 });
    expect(await refusalOf(order(over))).to.include({ kind: 'unauthenticated', reason: 'TOKEN_EXPIRED' });
  });

  it('stay good while user-service is away', async () => {
    await order(await bed.keys.sign(1));
    await bed.stopUsers();
    expect((await order(await bed.keys.sign(2))).booking?.userId).to.equal(2);
  });
});
