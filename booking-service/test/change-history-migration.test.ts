import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type BookingBed, openBookingBed } from './support/booking-bed.js';
import { nameOf, readChanges, sumUp } from './support/changes.js';
import { countBookings, storeFlight } from './support/flights.js';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

describe('the migration that adds the history', function () {
  this.timeout(60_000);
  let bed: BookingBed;

  before(async () => {
    bed = await openBookingBed();
  });
  after(() => bed.close());

  it('fills it and the flights’ counters from what there was before', async () => {
    for (const file of (await readdir(MIGRATIONS)).toSorted().slice(0, 2))
      await bed.sql.query(await readFile(new URL(file, MIGRATIONS), 'utf8'));
    const sold = await storeFlight(bed.sql, { price: 30 });
    const empty = await storeFlight(bed.sql);
    await bed.sql.query(
      `insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at,
                            canceled_at)
       select i, f.id, case when i = 2 then 'Canceled' else 'Confirmed' end, 'cash', 10 * i, i || ':x', '', now(),
              case when i = 2 then now() end
         from flight f, generate_series(1, 3) i
        where f.flight_code = $1`,
      [sold.flightCode],
    );
    // What the service would find of an earlier version of itself; it applies the rest.
    await bed.sql.query(
      `create table schema_version (version bigint primary key, name text, md5 text, run_at timestamptz);
       insert into schema_version (version, name) values (0, null), (1, 'flights-and-bookings'), (2, 'outbox')`,
    );
    const instance = await bed.start();
    const stamps = async () =>
      (await bed.sql.query('select changed_in, id from booking_change order by id')).rows;
    const stamped = await stamps();
    const told = await readChanges(bed, instance);
    expect(stamped).to.have.length(4);
    expect(await stamps(), 'the stamps that the migration made').to.deep.equal(stamped);
    expect(told.flights.map(({ flight }) => flight?.flightCode)).to.deep.equal([
      sold.flightCode,
      empty.flightCode,
    ]);
    expect(told.bookings.map(nameOf)).to.deep.equal(['1 made', '2 made', '3 made', '2 canceled']);
    expect((await countBookings(bed.sql, sold.flightCode)).kept).to.deep.equal([3, 1, 60, 20]);
    expect((await countBookings(bed.sql, empty.flightCode)).kept).to.deep.equal([0, 0, 0, 0]);
    const { asOf: _, ...counted } = told.checkpoint;
    expect(counted).to.deep.equal({ flights: 2, ...sumUp(told.bookings) });
  });
});
