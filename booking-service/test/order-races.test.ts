import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';
import type { Fault } from '@flight/mesh';
import type { BookFlightRequest } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { type Buyer, book, idOf, someBuyer, someOrder } from './support/buyers.js';
import { countBookings, countSeats, storeFlight } from './support/flights.js';
import { holdFlight } from './support/held-flight.js';
import { readCounter } from './support/metrics.js';
import { refusalOf } from './support/refusal.js';
import { bookAgain } from './support/retried-call.js';

describe('orders at the same time', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let one: Instance;
  let other: Instance;

  before(async () => {
    bed = await openBookingBed();
    [one, other] = await Promise.all([bed.start(), bed.start()]);
  });
  after(() => bed.close());

  /** Orders until there is room: so many at once an instance on a busy machine may refuse, before it begins with them. */
  async function bookPatiently(instance: Instance, buyer: Buyer, order: BookFlightRequest): Promise<void> {
    for (;;) {
      const refusal = await instance.bookings.bookFlight(order, { ...buyer, timeoutMs: 30_000 }).then(
        () => undefined,
        (fault: Fault) => fault,
      );
      if (refusal === undefined) return;
      if (refusal.reason !== 'OVERLOADED') throw refusal;
      await pause(refusal.retryAfterMs);
    }
  }

  it('of 500 buyers for 180 seats sell exactly 180', async () => {
    const { flightCode } = await storeFlight(bed.sql, { seatsTotal: 180 });
    const buyers = await Promise.all(Array.from({ length: 500 }, () => someBuyer(bed)));
    const orders = buyers.map((buyer, i) =>
      bookPatiently(i % 2 === 0 ? one : other, buyer, someOrder(flightCode)),
    );
    const outcomes = await Promise.allSettled(orders);
    const sold = outcomes.filter(({ status }) => status === 'fulfilled');
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as Fault).reason] : [],
    );
    expect(sold).to.have.length(180);
    expect(reasons).to.have.length(320);
    expect(new Set(reasons)).to.deep.equal(new Set(['FLIGHT_SOLD_OUT']));
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 0, confirmed: 180 });
    expect((await countBookings(bed.sql, flightCode)).kept).to.deep.equal([180, 0, 180 * 200, 0]);
  });

  it('with one request id take one seat, whichever instances they go to', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const calls = Array.from({ length: 40 }, (_, i) =>
      (i % 2 === 0 ? one : other).bookings.bookFlight(order, buyer),
    );
    const ids = new Set<number>();
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled') ids.add(idOf(outcome.value));
      else expect(outcome.reason).to.include({ kind: 'aborted', reason: 'REQUEST_IN_FLIGHT' });
    }
    expect(ids).to.have.length(1);
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
  });

  it('say so when the same request is still being carried out', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const held = await holdFlight(bed.sql, flightCode);
    const first = one.bookings.bookFlight(order, buyer);
    await held.untilWaiting(1);
    const fault = await refusalOf(other.bookings.bookFlight(order, buyer));
    expect(fault).to.include({ kind: 'aborted', reason: 'REQUEST_IN_FLIGHT' });
    await held.release();
    expect(await first).to.include({ replayed: false });
    expect(await other.bookings.bookFlight(order, buyer)).to.include({ replayed: true });
  });

  it('wait for the first attempt when they are a retry, and answer its booking', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const held = await holdFlight(bed.sql, flightCode);
    const first = one.bookings.bookFlight(order, buyer);
    await held.untilWaiting(1);
    const retry = bookAgain(other, buyer, order);
    await held.untilWaiting(2);
    await held.release();
    const [booked, replayed] = await Promise.all([first, retry]);
    expect(booked.replayed).to.equal(false);
    expect(replayed).to.deep.equal({ booking: booked.booking, replayed: true });
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
  });

  it('that were given up in the middle are found by a retry', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const order = someOrder(flightCode);
    const held = await holdFlight(bed.sql, flightCode);
    const impatient = new AbortController();
    const first = refusalOf(one.bookings.bookFlight(order, { ...buyer, signal: impatient.signal }));
    await held.untilWaiting(1);
    impatient.abort();
    expect(await first).to.include({ kind: 'cancelled' });
    const retry = bookAgain(other, buyer, order);
    await held.untilWaiting(2);
    await held.release();
    expect(await retry).to.include({ replayed: true });
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 179, confirmed: 1 });
  });

  it('learn what happened to the flight while they waited for it', async () => {
    const cases = [
      { assignments: 'seats_left = 0', reason: 'FLIGHT_SOLD_OUT' },
      { assignments: `status = 'Cancelled'`, reason: 'FLIGHT_CANCELLED' },
    ];
    for (const { assignments, reason } of cases) {
      const { flightCode } = await storeFlight(bed.sql, { seatsTotal: 1 });
      const held = await holdFlight(bed.sql, flightCode);
      const order = refusalOf(one.bookings.bookFlight(someOrder(flightCode), await someBuyer(bed)));
      await held.untilWaiting(1);
      await held.set(assignments);
      await held.release();
      expect(await order).to.include({ reason });
    }
  });

  it('of one flight leave the way free for other flights', async () => {
    const [busy, quiet] = [await storeFlight(bed.sql), await storeFlight(bed.sql)];
    const buyer = await someBuyer(bed);
    const held = await holdFlight(bed.sql, busy.flightCode);
    const waiting = Array.from({ length: 20 }, () => book(one, buyer, someOrder(busy.flightCode)));
    await held.untilWaiting(2);
    expect(await book(one, buyer, someOrder(quiet.flightCode))).to.be.at.least(1);
    await held.release();
    expect(new Set(await Promise.all(waiting))).to.have.length(20);
  });

  it('are dropped when nobody waits for them any more before their turn comes', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const narrow = await bed.start({ orders: { width: 1, queue: 10 } });
    const buyer = await someBuyer(bed);
    const held = await holdFlight(bed.sql, flightCode);
    const first = book(narrow, buyer, someOrder(flightCode));
    await held.untilWaiting(1);
    const order = someOrder(flightCode);
    const late = refusalOf(narrow.bookings.bookFlight(order, { ...buyer, timeoutMs: 500 }));
    const waiting = () => readCounter(narrow, 'booking_orders_waiting');
    await until('it to wait for its turn', async () => (await waiting()) === 1);
    expect(await late).to.include({ kind: 'deadline_exceeded' });
    // The service hears of it a moment later than who called.
    await until('it to be dropped', async () => (await waiting()) === 0);
    await held.release();
    await first;
    expect(await narrow.bookings.bookFlight(order, buyer)).to.include({ replayed: false });
  });

  it('are sent away at once when too many wait for one flight', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const narrow = await bed.start({ orders: { width: 1, queue: 0 } });
    const held = await holdFlight(bed.sql, flightCode);
    const first = book(narrow, await someBuyer(bed), someOrder(flightCode));
    await held.untilWaiting(1);
    const fault = await refusalOf(narrow.bookings.bookFlight(someOrder(flightCode), await someBuyer(bed)));
    expect(fault).to.include({ kind: 'resource_exhausted', reason: 'BUSY', retryAfterMs: 1000 });
    await held.release();
    await first;
  });

  it('and cancellations at the same time release each seat once', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const bookingId = await book(one, buyer, someOrder(flightCode));
    const cancel = (instance: Instance, by: Buyer) =>
      instance.bookings.cancelBooking({ bookingId, requestId: '' }, by);
    const held = await holdFlight(bed.sql, flightCode);
    const calls = [cancel(one, buyer), cancel(other, buyer), cancel(one, buyer), cancel(other, buyer)];
    await held.untilWaiting(4);
    await held.release();
    const [first, ...rest] = await Promise.all(calls);
    for (const answer of rest) expect(answer).to.deep.equal(first);
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 180, confirmed: 0 });
    expect((await countBookings(bed.sql, flightCode)).kept).to.deep.equal([1, 1, 200, 200]);
  });

  it('keep the books balanced whatever is booked, canceled, repeated and given up', async () => {
    const { flightCode } = await storeFlight(bed.sql, { seatsTotal: 20 });
    const visit = async (instance: Instance, round: number) => {
      const buyer = await someBuyer(bed);
      const order = someOrder(flightCode);
      const timeoutMs = round % 5 === 0 ? 5 : 10_000;
      await Promise.allSettled([
        instance.bookings.bookFlight(order, { ...buyer, timeoutMs }),
        bookAgain(instance === one ? other : one, buyer, order),
      ]);
      if (round % 2 === 0) return;
      const { bookings } = await instance.bookings.listBookings(
        { userId: buyer.userId, pageSize: 0, pageToken: '' },
        buyer,
      );
      expect(bookings.length).to.be.at.most(1);
      for (const { id } of bookings)
        await instance.bookings.cancelBooking({ bookingId: id, requestId: '' }, buyer);
    };
    await Promise.all(Array.from({ length: 60 }, (_, round) => visit(round % 3 === 0 ? one : other, round)));
    await until('the last statement to end', async () => {
      const { left, confirmed } = await countSeats(bed.sql, flightCode);
      return left + confirmed === 20;
    });
    const { kept, counted } = await countBookings(bed.sql, flightCode);
    expect(kept).to.deep.equal(counted);
    expect(kept[1]).to.be.at.least(1);
  });
});
