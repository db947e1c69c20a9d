import { BookingStatus, FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, idOf, someBuyer, someOrder } from './support/buyers.js';
import { countSeats, storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('CancelBooking and ListBookings', function () {
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

  describe('CancelBooking', () => {
    it('gives the seat back, once, however often it is asked', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const buyer = await someBuyer(bed);
      const bookingId = await book(instance, buyer, someOrder(flightCode));
      await book(instance, buyer, someOrder(flightCode));
      const first = await bookings.cancelBooking({ bookingId, requestId: '' }, buyer);
      const again = await bookings.cancelBooking({ bookingId, requestId: 'again' }, buyer);
      expect(first.booking).to.include({ id: bookingId, flightCode, status: BookingStatus.CANCELED });
      expect(first.booking?.cancelTime).to.be.instanceOf(Date);
      expect(again).to.deep.equal(first);
      expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
    });

    it('does not tell somebody else’s booking from none', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const bookingId = await book(instance, await someBuyer(bed), someOrder(flightCode));
      const stranger = await someBuyer(bed, ['staff']);
      for (const id of [bookingId, bookingId + 1_000_000, Number.MAX_SAFE_INTEGER]) {
        const fault = await refusalOf(bookings.cancelBooking({ bookingId: id, requestId: '' }, stranger));
        expect(fault).to.include({
          kind: 'not_found',
          reason: 'BOOKING_NOT_FOUND',
          message: 'Booking not found',
        });
        expect(fault.facts).to.deep.equal({ booking_id: String(id) });
      }
      expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
    });

    it('asks for an id', async () => {
      const buyer = await someBuyer(bed);
      for (const bookingId of [0, -1]) {
        const fault = await refusalOf(bookings.cancelBooking({ bookingId, requestId: '' }, buyer));
        expect(fault).to.include({ reason: 'INVALID_FIELD' });
        expect(fault.facts).to.deep.equal({ field: 'booking_id' });
      }
    });
  });

  describe('ListBookings', () => {
    it('lists a user’s bookings, oldest first, page by page, and nobody else’s', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const [buyer, other] = [await someBuyer(bed), await someBuyer(bed)];
      const mine: number[] = [];
      for (let i = 0; i < 5; i += 1) {
        mine.push(await book(instance, buyer, someOrder(flightCode)));
        await book(instance, other, someOrder(flightCode));
      }
      const listed: number[] = [];
      let pageToken = '';
      do {
        const page = await bookings.listBookings({ userId: buyer.userId, pageSize: 2, pageToken }, buyer);
        listed.push(...page.bookings.map(({ id }) => id));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(listed).to.deep.equal(mine);
    });

    it('tells where booking and flight stand now', async () => {
      const { flightCode, departure } = await storeFlight(bed.sql);
      const buyer = await someBuyer(bed);
      const bookingId = idOf(await bookings.bookFlight(someOrder(flightCode), buyer));
      await bookings.cancelBooking({ bookingId, requestId: '' }, buyer);
      const status = FlightStatus.DELAYED;
      await instance.flights.setFlightStatus({ flightCode, status, requestId: '' }, buyer);
      const { bookings: listed } = await bookings.listBookings(listOf(buyer.userId), buyer);
      expect(listed).to.have.length(1);
      expect(listed[0]).to.include({ id: bookingId, flightCode, departure, flightStatus: status });
      expect(listed[0]).to.include({ status: BookingStatus.CANCELED });
    });

    it('answers an empty list to whoever has no bookings', async () => {
      const buyer = await someBuyer(bed);
      expect(await bookings.listBookings(listOf(buyer.userId), buyer)).to.deep.equal({
        bookings: [],
        nextPageToken: '',
      });
    });

    it('is for the owner and for staff', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const owner = await someBuyer(bed);
      await book(instance, owner, someOrder(flightCode));
      const fault = await refusalOf(bookings.listBookings(listOf(owner.userId), await someBuyer(bed)));
      expect(fault).to.include({ kind: 'permission_denied', reason: 'NOT_OWNER' });
      expect(fault.message).to.equal('You can only see your own bookings');
      const seen = await bookings.listBookings(listOf(owner.userId), await someBuyer(bed, ['staff']));
      expect(seen.bookings).to.have.length(1);
    });

    it('refuses the page token of another user’s list', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const [one, other] = [await someBuyer(bed), await someBuyer(bed)];
      for (let i = 0; i < 2; i += 1) await book(instance, one, someOrder(flightCode));
      const first = await bookings.listBookings({ userId: one.userId, pageSize: 1, pageToken: '' }, one);
      const moved = { userId: other.userId, pageSize: 1, pageToken: first.nextPageToken };
      expect(await refusalOf(bookings.listBookings(moved, other))).to.include({
        reason: 'INVALID_PAGE_TOKEN',
      });
    });
  });
});

function listOf(userId: number) {
  return { userId, pageSize: 0, pageToken: '' };
}
