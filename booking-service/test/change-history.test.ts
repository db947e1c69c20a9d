import { FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { book, someBuyer, someOrder } from './support/buyers.js';
import { nameOf, readChanges } from './support/changes.js';
import { storeFlight } from './support/flights.js';

describe('the history', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
  });
  after(() => bed.close());

  const since = (token: string) => readChanges(bed, instance, { token });
  /** Where somebody stands who has read everything. */
  const now = async () => (await since('')).token;
  const versionsOf = async (token: string, flightCode: string) =>
    (await since(token)).flights.filter((change) => change.flight?.flightCode === flightCode);

  it('has a version of a flight for each change, but none for a sale, a cancellation, or what stays the same', async () => {
    const token = await now();
    const { flightCode } = await storeFlight(bed.sql, { status: 'Delayed' });
    const buyer = await someBuyer(bed);
    const id = await book(instance, buyer, someOrder(flightCode));
    await instance.bookings.cancelBooking({ bookingId: id, requestId: '' }, buyer);
    for (const status of [FlightStatus.DELAYED, FlightStatus.BOARDING, FlightStatus.DEPARTED])
      await instance.flights.setFlightStatus({ flightCode, status, requestId: '' }, buyer);
    const versions = await versionsOf(token, flightCode);
    expect(versions.map(({ flight }) => flight?.status)).to.deep.equal([
      FlightStatus.DELAYED,
      FlightStatus.BOARDING,
      FlightStatus.DEPARTED,
    ]);
    const { rows } = await bed.sql.query('select updated_at from flight where flight_code = $1', [
      flightCode,
    ]);
    expect(rows[0]).to.deep.equal({ updated_at: versions.at(-1)?.changeTime });
  });

  it('has what somebody changes of a flight by SQL, at times that never go back', async () => {
    const token = await now();
    const { flightCode } = await storeFlight(bed.sql, { price: 100 });
    const set = (assignment: string) =>
      bed.sql.query(`update flight set ${assignment} where flight_code = $1`, [flightCode]);
    await set(`price = 120`);
    await set(`airline = 'Other', updated_at = '2001-01-01'`);
    await set(`airline = 'Other', seats_left = 0`);
    await set(`seats_total = 200`);
    const versions = await versionsOf(token, flightCode);
    const seen = versions.map(({ flight }) => [flight?.price, flight?.airline, flight?.seatsTotal]);
    expect(seen).to.deep.equal([
      [100, 'WizzAir', 180],
      [120, 'WizzAir', 180],
      [120, 'Other', 180],
      [120, 'Other', 200],
    ]);
    const ids = versions.map(({ versionId }) => versionId);
    expect(ids).to.deep.equal(ids.toSorted((a, b) => a - b));
    const times = versions.map(({ changeTime }) => changeTime?.getTime() ?? Number.NaN);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(times[3]).to.be.above(times[0] ?? Infinity);
  });

  it('has the bookings that somebody makes and cancels by SQL, many at once as one by one', async () => {
    const { flightCode } = await storeFlight(bed.sql, { price: 70 });
    const token = await now();
    const { rows } = await bed.sql.query<{ id: number }>(
      `insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at,
                            canceled_at)
       select 9, f.id, s.status, 'cash', f.price, $1 || s.status, '', now(), s.canceled_at
         from flight f, (values ('Confirmed', null), ('Canceled', now())) s (status, canceled_at)
        where f.flight_code = $1
        order by s.canceled_at nulls first
       returning id::int`,
      [flightCode],
    );
    const [confirmed, canceled] = rows.map(({ id }) => id);
    const made = await since(token);
    expect(made.bookings.map(nameOf)).to.have.members([
      `${confirmed} made`,
      `${canceled} made`,
      `${canceled} canceled`,
    ]);
    await bed.sql.query(`update booking set status = 'Canceled', canceled_at = now() where id = $1`, [
      confirmed,
    ]);
    await bed.sql.query(`update booking set payment_method = 'card' where id = $1`, [canceled]);
    expect((await since(made.token)).bookings.map(nameOf)).to.deep.equal([`${confirmed} canceled`]);
  });
});
