import { until } from '@flight/local';
import { type BookingChange, BookingStatus, FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, someBuyer, someOrder } from './support/buyers.js';
import { nameOf, readChanges, sumUp } from './support/changes.js';
import { storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('the changes of bookings', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
  });
  after(() => bed.close());

  /** Where somebody stands who has read everything. */
  const now = async () => (await readChanges(bed, instance)).token;
  const since = (token: string, batchSize = 0) => readChanges(bed, instance, { token, batchSize });

  async function cancel(bookingId: number, token: string): Promise<void> {
    await instance.bookings.cancelBooking({ bookingId, requestId: '' }, { token });
  }

  it('are all told from an empty token, the flights first, a canceled booking as made and as canceled', async () => {
    const flight = await storeFlight(bed.sql, { price: 250 });
    const { flightCode } = flight;
    const buyer = await someBuyer(bed);
    const kept = await book(instance, buyer, someOrder(flightCode));
    const canceled = await book(instance, buyer, someOrder(flightCode, { paymentMethod: 'cash' }));
    await cancel(canceled, buyer.token);

    const told = await readChanges(bed, instance, { batchSize: 1 });
    const changes = told.bookings.filter((change) => change.flightCode === flightCode);
    expect(changes.map(nameOf)).to.deep.equal([`${kept} made`, `${canceled} made`, `${canceled} canceled`]);
    const { bookings } = await instance.bookings.listBookings(
      { userId: buyer.userId, pageSize: 0, pageToken: '' },
      buyer,
    );
    const [, listed] = bookings;
    expect(changes[1]).to.deep.equal({
      bookingId: canceled,
      userId: buyer.userId,
      flightCode,
      status: BookingStatus.CONFIRMED,
      paymentMethod: 'cash',
      price: 250,
      createTime: listed?.createTime,
      cancelTime: undefined,
    });
    const canceledChange = { status: BookingStatus.CANCELED, cancelTime: listed?.cancelTime };
    expect(changes[2]).to.deep.equal({ ...changes[1], ...canceledChange });
    const [version] = told.flights.filter((change) => change.flight?.flightCode === flightCode);
    expect(version?.flight).to.deep.equal({ ...flight, status: FlightStatus.ON_TIME, seatsLeft: 0 });
  });

  it('come in messages of one kind, no larger than asked for, the flights before the bookings', async () => {
    const token = await now();
    const flights = [await storeFlight(bed.sql), await storeFlight(bed.sql), await storeFlight(bed.sql)];
    const buyer = await someBuyer(bed);
    for (const { flightCode } of flights) await book(instance, buyer, someOrder(flightCode));
    const request = { token, batchSize: 2, follow: false };
    const shape: (readonly number[])[] = [];
    const stream = instance.changes.streamBookingChanges(request, { credential: await bed.credential() });
    for await (const message of stream) shape.push([message.flights.length, message.bookings.length]);
    expect(shape).to.deep.equal([
      [2, 0],
      [1, 0],
      [0, 2],
      [0, 1],
      [0, 0],
    ]);
  });

  it('after a token are those that came since, and none when there were none', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const first = await book(instance, buyer, someOrder(flightCode));
    const token = await now();
    const second = await book(instance, buyer, someOrder(flightCode));
    await cancel(first, buyer.token);
    const told = await since(token);
    expect(told.flights).to.deep.equal([]);
    expect(told.bookings.map(nameOf)).to.deep.equal([`${second} made`, `${first} canceled`]);
    const nothing = await since(told.token);
    expect([nothing.flights, nothing.bookings]).to.deep.equal([[], []]);
    expect(nothing.checkpoint.asOf?.getTime()).to.be.at.least(told.checkpoint.asOf?.getTime() ?? Infinity);
  });

  it('go on after any message, in the middle of a window too, whatever is added meanwhile', async () => {
    const token = await now();
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    for (let i = 0; i < 5; i += 1) await book(instance, buyer, someOrder(flightCode));
    const whole = await since(token, 2);
    expect(whole.tokens).to.have.length(5);
    const late = await book(instance, buyer, someOrder(flightCode));
    const expected = [...whole.bookings.map(nameOf), `${late} made`];
    const flightsAfter = [0, 0, 0, 0, 0];
    const bookingsAfter = [6, 4, 2, 1, 1];
    for (const [i, middle] of whole.tokens.entries()) {
      const rest = await since(middle, 3);
      expect(rest.flights).to.have.length(flightsAfter[i] ?? 0);
      expect(rest.bookings.map(nameOf)).to.deep.equal(expected.slice(-(bookingsAfter[i] ?? 0)));
    }
  });

  it('add up to the checkpoint, which counts what is in the tables', async () => {
    const flights = await Promise.all([100, 300].map((price) => storeFlight(bed.sql, { price })));
    const buyer = await someBuyer(bed);
    for (const { flightCode } of flights)
      for (let i = 0; i < 4; i += 1) {
        const id = await book(instance, buyer, someOrder(flightCode));
        if (i % 2 === 0) await cancel(id, buyer.token);
      }
    const { bookings, flights: versions, checkpoint } = await readChanges(bed, instance);
    const { asOf, ...counted } = checkpoint;
    const codes = new Set(versions.map(({ flight }) => flight?.flightCode));
    expect(counted).to.deep.equal({ flights: codes.size, ...sumUp(bookings) });
    const { rows } = await bed.sql.query(
      `select (select count(*)::int from flight) as flights, count(*)::int as bookings,
              count(canceled_at)::int as "canceledBookings", sum(price)::int as "bookedAmount",
              (sum(price) filter (where status = 'Canceled'))::int as "canceledAmount"
         from booking`,
    );
    expect(rows).to.deep.equal([counted]);
    expect(Date.now() - (asOf?.getTime() ?? 0)).to.be.within(-1000, 30_000);
  });

  describe('that are followed', () => {
    async function follow(token: string, work: (seen: Follower) => Promise<void>): Promise<void> {
      const stop = new AbortController();
      const seen: Follower = { changes: [], checkpoints: 0 };
      const options = { credential: await bed.credential(), signal: stop.signal };
      const reading = (async () => {
        const request = { token, batchSize: 0, follow: true };
        for await (const message of instance.changes.streamBookingChanges(request, options)) {
          seen.changes.push(...message.bookings);
          if (message.checkpoint) seen.checkpoints += 1;
        }
      })();
      try {
        await work(seen);
      } finally {
        stop.abort();
        await reading.catch(() => undefined);
      }
    }

    interface Follower {
      changes: BookingChange[];
      checkpoints: number;
    }

    it('are told soon after they were made', async () => {
      const { flightCode } = await storeFlight(bed.sql);
      const buyer = await someBuyer(bed);
      await follow(await now(), async (seen) => {
        await until('the first checkpoint', () => seen.checkpoints === 1);
        for (let i = 1; i <= 3; i += 1) {
          const id = await book(instance, buyer, someOrder(flightCode));
          await until('the booking', () => seen.changes.length === i, 5000);
          expect(seen.changes.map(nameOf).at(-1)).to.equal(`${id} made`);
          await until('the end of its window', () => seen.checkpoints === i + 1);
        }
      });
    });

    it('end when the instance stops, with a fault that says to go on elsewhere', async () => {
      const short = await bed.start();
      const request = { token: '', batchSize: 0, follow: true };
      const stream = short.changes.streamBookingChanges(request, { credential: await bed.credential() });
      const seen = { checkpoints: 0 };
      const reading = refusalOf(
        (async () => {
          for await (const { checkpoint } of stream) if (checkpoint) seen.checkpoints += 1;
        })(),
      );
      await until('the first checkpoint', () => seen.checkpoints === 1);
      await short.close();
      expect(await reading).to.include({ kind: 'unavailable' });
    });
  });
});
