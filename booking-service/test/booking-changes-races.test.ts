import { until } from '@flight/local';
import type { BookingChange } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, someBuyer, someOrder } from './support/buyers.js';
import { nameOf, readChanges, sumUp } from './support/changes.js';
import { storeFlight } from './support/flights.js';
import { type LateTransaction, openLateTransaction } from './support/late-transaction.js';

const WRITERS = 16;
const ORDERS_EACH = 24;
const LATE_ROUNDS = 4;

describe('changes that are read while they are made', function () {
  this.timeout(120_000);
  let bed: BookingBed;
  let instances: readonly [Instance, Instance];
  let writing = true;

  before(async () => {
    bed = await openBookingBed();
    instances = await Promise.all([bed.start(), bed.start()]);
  });
  after(() => bed.close());

  async function write(writer: number, flightCode: string): Promise<void> {
    const instance = instances[writer % 2] ?? instances[0];
    const buyer = await someBuyer(bed);
    for (let order = 0; order < ORDERS_EACH; order += 1) {
      const bookingId = await book(instance, buyer, someOrder(flightCode));
      if (order % 3 === 0) await instance.bookings.cancelBooking({ bookingId, requestId: '' }, buyer);
    }
  }

  /** Goes on at the other instance each time. After each window, what was told adds up to what was counted. */
  function createReader() {
    const told: BookingChange[] = [];
    let windows = 0;
    let token = '';
    const readOn = async () => {
      const window = await readChanges(bed, instances[windows % 2] ?? instances[0], { token, batchSize: 50 });
      told.push(...window.bookings);
      const { asOf: _, flights: __, ...counted } = window.checkpoint;
      expect(counted).to.deep.equal(sumUp(told));
      token = window.token;
      windows += 1;
    };
    const run = async () => {
      while (writing) await readOn();
      await readOn();
    };
    return { told, run, windows: () => windows };
  }

  /** The control: it goes on after the latest time that it saw. */
  function createReaderByTime() {
    const told = new Set<string>();
    let after = new Date(0);
    const readOn = async () => {
      const { rows } = await bed.sql.query<{ name: string; at: Date }>(
        `select id || ' made' as name, created_at as at from booking where created_at > $1
          union all
         select id || ' canceled', canceled_at from booking where canceled_at > $1
          order by at`,
        [after],
      );
      for (const { name } of rows) told.add(name);
      after = rows.at(-1)?.at ?? after;
    };
    const run = async () => {
      while (writing) await readOn();
      await readOn();
    };
    return { told, run, after: () => after };
  }

  it('are told once each, however late they are committed, where a reader by time misses some', async () => {
    const flights = await Promise.all(
      Array.from({ length: 4 }, (_, i) => storeFlight(bed.sql, { seatsTotal: 1000, price: 100 + i })),
    );
    const { flightCode: quiet } = await storeFlight(bed.sql, { price: 50 });
    const buyer = await someBuyer(bed);
    const reader = createReader();
    const byTime = createReaderByTime();

    /** Makes and cancels in one transaction that is committed when both readers have long gone on. */
    async function writeLate(): Promise<void> {
      const late: LateTransaction = await openLateTransaction(bed.sql);
      const earlier = await book(instances[0], buyer, someOrder(quiet));
      const begun = Date.now();
      await late.book(quiet);
      await late.cancel(earlier);
      const windows = reader.windows();
      await until('two more windows', () => reader.windows() >= windows + 2);
      const { flightCode = '' } = flights[0] ?? {};
      await until('the other reader to go on', async () => {
        await book(instances[1], buyer, someOrder(flightCode));
        return byTime.after().getTime() > begun;
      });
      await late.commit();
    }

    async function writeAll(): Promise<void> {
      const late = (async () => {
        for (let round = 0; round < LATE_ROUNDS; round += 1) await writeLate();
      })();
      const writers = Array.from({ length: WRITERS }, (_, i) => write(i, flights[i % 4]?.flightCode ?? ''));
      await Promise.all([late, ...writers]).finally(() => {
        writing = false;
      });
    }

    await Promise.all([writeAll(), reader.run(), byTime.run()]);
    const { rows } = await bed.sql.query<{ name: string }>(
      `select id || ' made' as name from booking
        union all
       select id || ' canceled' from booking where canceled_at is not null`,
    );
    const truth = rows.map(({ name }) => name);
    expect(truth.length).to.be.at.least((WRITERS * ORDERS_EACH * 4) / 3 + 3 * LATE_ROUNDS);
    expect(reader.told.map(nameOf).toSorted()).to.deep.equal(truth.toSorted());
    expect(reader.windows()).to.be.at.least(2 * LATE_ROUNDS);
    expect(truth.filter((name) => !byTime.told.has(name)).length).to.be.at.least(LATE_ROUNDS);
  });

  it('are told of one booking in one window in the wrong order only by a transaction that was numbered early', async () => {
    const { flightCode } = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    const { token } = await readChanges(bed, instances[0]);
    const late = await openLateTransaction(bed.sql);
    const bookingId = await book(instances[0], buyer, someOrder(flightCode));
    await late.cancel(bookingId);
    await late.commit();
    const { bookings } = await readChanges(bed, instances[0], { token });
    expect(bookings.map(nameOf)).to.deep.equal([`${bookingId} canceled`, `${bookingId} made`]);
  });
});
