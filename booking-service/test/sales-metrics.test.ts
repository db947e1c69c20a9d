import { until } from '@flight/local';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, someBuyer, someOrder } from './support/buyers.js';
import { storeFlight } from './support/flights.js';
import { readCounter } from './support/metrics.js';
import { refusalOf } from './support/refusal.js';

describe('the metrics of sales', function () {
  this.timeout(30_000);
  let bed: BookingBed;
  let instance: Instance;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
  });
  after(() => bed.close());

  const orders = (outcome: string) => readCounter(instance, 'booking_orders_total', { outcome });
  const cancellations = (outcome: string) =>
    readCounter(instance, 'booking_cancellations_total', { outcome });
  const seats = (state: string) => readCounter(instance, 'booking_seats', { state });

  it('count what became of orders and cancellations, and the seats that are left', async () => {
    const { flightCode } = await storeFlight(bed.sql, { seatsTotal: 2 });
    await storeFlight(bed.sql, { seatsTotal: 40 });
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const bookingId = await book(instance, buyer, order);
    expect(await book(instance, buyer, order)).to.equal(bookingId);
    await book(instance, buyer, someOrder(flightCode));
    await refusalOf(book(instance, buyer, someOrder(flightCode)));
    await refusalOf(book(instance, buyer, someOrder('NOWHERE')));
    await instance.bookings.cancelBooking({ bookingId, requestId: '' }, buyer);
    await refusalOf(instance.bookings.cancelBooking({ bookingId: bookingId + 1000, requestId: '' }, buyer));

    await until('the seats to be counted', async () => (await seats('sold')) === 1);
    expect(await seats('left')).to.equal(41);
    expect(await orders('booked')).to.equal(2);
    expect(await orders('replayed')).to.equal(1);
    expect(await orders('sold_out')).to.equal(1);
    expect(await orders('unknown_flight')).to.equal(1);
    expect(await cancellations('canceled')).to.equal(1);
    expect(await cancellations('unknown')).to.equal(1);
  });

  it('show what has not happened yet as 0', async () => {
    const text = await (await fetch(`${instance.adminUrl}/metrics`)).text();
    expect(text).to.match(/^booking_orders_total\{outcome="reused",.*\} 0$/m);
  });
});
