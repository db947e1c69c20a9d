import { BookingStatus, FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, someBuyer, someOrder } from './support/buyers.js';
import { countSeats, storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('BookFlight', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;
  let bookings: Instance['bookings'];

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
    ({ bookings } = instance);
  });
  after(() => bed.close());

  it('sells a seat at the flight’s price', async () => {
    const { flightCode } = await storeFlight(bed.sql, { price: 230, departure: '2024-10-08 22:00' });
    const buyer = await someBuyer(bed);
    const before = Date.now();
    const { booking, replayed } = await bookings.bookFlight(someOrder(flightCode.toLowerCase()), buyer);
    const { id, createTime, ...rest } = booking ?? expect.fail('no booking');
    expect(replayed).to.equal(false);
    expect(id).to.be.at.least(1);
    expect(createTime?.getTime()).to.be.within(before, Date.now());
    expect(rest).to.deep.equal({
      userId: buyer.userId,
      flightCode,
      status: BookingStatus.CONFIRMED,
      paymentMethod: 'credit_card',
      price: 230,
      departure: '2024-10-08 22:00',
      flightStatus: FlightStatus.ON_TIME,
      cancelTime: undefined,
    });
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
  });

  it('refuses a flight that is unknown, sold out, or cancelled, and sells nothing', async () => {
    const buyer = await someBuyer(bed);
    const full = await storeFlight(bed.sql, { seatsTotal: 0 });
    const cancelled = await storeFlight(bed.sql, { status: 'Cancelled' });
    const refusal = (flightCode: string) => refusalOf(bookings.bookFlight(someOrder(flightCode), buyer));

    const unknownFault = await refusal('FL404');
    expect(unknownFault).to.include({
      kind: 'not_found',
      reason: 'FLIGHT_NOT_FOUND',
      message: 'Flight not found',
    });
    expect(unknownFault.facts).to.deep.equal({ flight_code: 'FL404' });

    const fullFault = await refusal(full.flightCode);
    expect(fullFault).to.include({ kind: 'failed_precondition', reason: 'FLIGHT_SOLD_OUT' });
    expect(fullFault.message).to.equal('Flight is sold out');
    expect(fullFault.facts).to.deep.equal({ flight_code: full.flightCode });

    const cancelledFault = await refusal(cancelled.flightCode);
    expect(cancelledFault).to.include({ kind: 'failed_precondition', reason: 'FLIGHT_CANCELLED' });
    expect(cancelledFault.message).to.equal('Flight is cancelled');
    expect(cancelledFault.facts).to.deep.equal({ flight_code: cancelled.flightCode });

    expect((await bookings.listBookings(listOf(buyer.userId), buyer)).bookings).to.deep.equal([]);
  });

  it('does not remember a refusal: the same request books once there is a seat', async () => {
    const { flightCode } = await storeFlight(bed.sql, { seatsTotal: 1 });
    const [early, late] = [await someBuyer(bed), await someBuyer(bed)];
    const taken = await book(instance, early, someOrder(flightCode));
    const order = someOrder(flightCode);
    expect(await refusalOf(bookings.bookFlight(order, late))).to.include({ reason: 'FLIGHT_SOLD_OUT' });
    await bookings.cancelBooking({ bookingId: taken, requestId: '' }, early);
    expect(await bookings.bookFlight(order, late)).to.include({ replayed: false });
  });

  it('answers a repeat with the booking that was made, at the price that was paid', async () => {
    const { flightCode } = await storeFlight(bed.sql, { price: 100 });
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const first = await bookings.bookFlight(order, buyer);
    await bed.sql.query('update flight set price = 999 where flight_code = $1', [flightCode]);
    const second = await bookings.bookFlight(order, buyer);
    expect(second).to.deep.equal({ booking: first.booking, replayed: true });
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
  });

  it('answers a repeat with the same booking after it was canceled', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const bookingId = await book(instance, buyer, order);
    await bookings.cancelBooking({ bookingId, requestId: '' }, buyer);
    const { booking, replayed } = await bookings.bookFlight(order, buyer);
    expect(replayed).to.equal(true);
    expect(booking).to.include({ id: bookingId, status: BookingStatus.CANCELED });
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 180, confirmed: 0 });
  });

  it('refuses a request id that was used for another booking', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const other = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    await book(instance, buyer, order);
    for (const changed of [{ paymentMethod: 'cash' }, { flightCode: other.flightCode }]) {
      const fault = await refusalOf(bookings.bookFlight({ ...order, ...changed }, buyer));
      expect(fault).to.include({ kind: 'failed_precondition', reason: 'REQUEST_ID_REUSED' });
    }
    expect(await countSeats(bed.sql, other.flightCode)).to.deep.equal({ left: 180, confirmed: 0 });
  });

  it('keeps the request ids of two users apart', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const order = someOrder(flightCode);
    const one = await book(instance, await someBuyer(bed), order);
    const other = await book(instance, await someBuyer(bed), order);
    expect(one).to.not.equal(other);
  });

  it('takes orders without a request id for different ones', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode, { requestId: '' });
    expect(await book(instance, buyer, order)).to.not.equal(await book(instance, buyer, order));
  });

  it('names the field that is missing or malformed', async () => {
    const buyer = await someBuyer(bed);
    const fieldOf = async (wishes: object) => {
      const { kind, reason, facts } = await refusalOf(bookings.bookFlight(someOrder('FL001', wishes), buyer));
      expect([kind, reason]).to.deep.equal(['invalid_argument', 'INVALID_FIELD']);
      return facts.field;
    };
    expect(await fieldOf({ flightCode: '' })).to.equal('flight_code');
    expect(await fieldOf({ paymentMethod: ' ' })).to.equal('payment_method');
    expect(await fieldOf({ paymentMethod: 'x'.repeat(51) })).to.equal('payment_method');
    expect(await fieldOf({ paymentMethod: 'a\0b' })).to.equal('payment_method');
    expect(await fieldOf({ requestId: 'with blank' })).to.equal('request_id');
    expect(await fieldOf({ requestId: 'x'.repeat(256) })).to.equal('request_id');
  });

  it('counts characters, not UTF-16 units', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const paymentMethod = '💳'.repeat(50);
    const { booking } = await bookings.bookFlight(
      someOrder(flightCode, { paymentMethod }),
      await someBuyer(bed),
    );
    expect(booking?.paymentMethod).to.equal(paymentMethod);
  });
});

function listOf(userId: number) {
  return { userId, pageSize: 0, pageToken: '' };
}
