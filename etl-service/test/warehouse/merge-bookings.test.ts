import { expect } from 'chai';
import { at, booking, flight } from './support/changes.js';
import { loadWindow, UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

const SOURCE = 'booking-service';

const BOOKINGS = `
  select b.booking_id::int, f.version, b.price, p.payment_method, b.booked_on::text, b.canceled_on::text
    from fact_booking b
    join dim_flight f using (flight_key)
    join dim_payment_method p using (payment_method_key)
   order by b.booking_id`;

const FLIGHTS = `
  select flight_code, version, status, valid_from, valid_to::text, is_current from dim_flight order by flight_code, version`;

describe('merging flights and bookings', function () {
  this.timeout(60_000);
  let bed: WarehouseBed;
  let db: WarehouseDatabase;

  before(async () => {
    bed = await openWarehouseBed();
  });
  beforeEach(async () => {
    db = await bed.createWarehouse();
    await db.warehouse.prepare(UNTIL_DONE);
  });
  after(() => bed.close());

  async function versionsBooked(): Promise<number[]> {
    const { rows } = await db.sql.query<{ version: number }>(BOOKINGS);
    return rows.map(({ version }) => version);
  }

  for (const windows of ['one window', 'two windows'] as const)
    it(`lets the latest state of a booking win in ${windows}`, async () => {
      const made = [booking(1), booking(2, { paymentMethod: 'cash', price: 70 })];
      const canceled = booking(1, { canceledAt: at('2026-02-03') });
      if (windows === 'one window')
        await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings: [...made, canceled] });
      else {
        await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings: made });
        await loadWindow(db.warehouse, SOURCE, { bookings: [canceled] });
      }
      expect((await db.sql.query(BOOKINGS)).rows).to.deep.equal([
        {
          booking_id: 1,
          version: 1,
          price: 100,
          payment_method: 'credit_card',
          booked_on: '2026-02-01',
          canceled_on: '2026-02-03',
        },
        {
          booking_id: 2,
          version: 1,
          price: 70,
          payment_method: 'cash',
          booked_on: '2026-02-01',
          canceled_on: null,
        },
      ]);
    });

  it('closes a version of a flight where the next one begins, in the same window and in later ones', async () => {
    const other = flight(3, { flightCode: 'FL002' });
    const delayed = flight(2, { status: 'Delayed', changedAt: at('2026-01-05') });
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1), delayed, other] });
    const boarding = flight(4, { status: 'Boarding', changedAt: at('2026-01-06') });
    await loadWindow(db.warehouse, SOURCE, { flights: [boarding] });
    const of = (version: number, status: string, from: string, to: string) => ({
      flight_code: 'FL001',
      version,
      status,
      valid_from: at(from),
      valid_to: to,
      is_current: to === 'infinity',
    });
    expect((await db.sql.query(FLIGHTS)).rows).to.deep.equal([
      of(1, 'On Time', '2026-01-01', '2026-01-05 12:00:00+00'),
      of(2, 'Delayed', '2026-01-05', '2026-01-06 12:00:00+00'),
      of(3, 'Boarding', '2026-01-06', 'infinity'),
      { ...of(1, 'On Time', '2026-01-01', 'infinity'), flight_code: 'FL002' },
    ]);
  });

  it('gives a booking the version of its moment, and the first one when it was booked before', async () => {
    const flights = [
      flight(1, { changedAt: at('2026-01-10') }),
      // A version that lasted no time at all is nobody's.
      flight(2, { changedAt: at('2026-01-20') }),
      flight(3, { changedAt: at('2026-01-20') }),
    ];
    const bookings = ['2026-01-09', '2026-01-10', '2026-01-19', '2026-01-20', '2026-01-21'].map(
      (day, index) => booking(index + 1, { bookedAt: at(day) }),
    );
    await loadWindow(db.warehouse, SOURCE, { flights, bookings });
    expect(await versionsBooked()).to.deep.equal([1, 1, 1, 3, 3]);
  });

  it('moves a booking to a version that was committed after it and had begun before', async () => {
    const bookings = [booking(1, { bookedAt: at('2026-02-01') }), booking(2, { bookedAt: at('2026-02-05') })];
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings });
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(2, { changedAt: at('2026-02-03') })] });
    expect(await versionsBooked()).to.deep.equal([1, 2]);
  });

  it('keeps a booking whose user nobody has told of yet, under one key when the account follows', async () => {
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings: [booking(1, { userId: 5 })] });
    const users =
      'select known, staff, user_key in (select user_key from fact_booking) as booked from dim_user';
    expect((await db.sql.query(users)).rows).to.deep.equal([{ known: false, staff: null, booked: true }]);
    const account = {
      userId: 5,
      staff: true,
      createdAt: at('2026-01-01'),
      changedAt: at('2026-01-01'),
      removed: false,
    };
    await loadWindow(db.warehouse, 'user-service', { users: [account] });
    expect((await db.sql.query(users)).rows).to.deep.equal([{ known: true, staff: true, booked: true }]);
  });

  it('adds days that its calendar lacks', async () => {
    const bookings = [booking(1, { bookedAt: at('2019-12-31'), canceledAt: at('2040-02-29') })];
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings });
    const { rows } = await db.sql.query(
      `select day::text, quarter, iso_week, weekday from dim_date where year not between 2020 and 2039 order by day`,
    );
    expect(rows).to.deep.equal([
      { day: '2019-12-31', quarter: 4, iso_week: 1, weekday: 'Tuesday' },
      { day: '2040-02-29', quarter: 1, iso_week: 9, weekday: 'Wednesday' },
    ]);
  });

  it('stores any text as it came', async () => {
    const hostile = ['\\N', '\\.', 'a\tb\nc\r\nd\\e\\', "'; drop table fact_booking; --", '', '\u{1F6EB} é'];
    await loadWindow(db.warehouse, SOURCE, {
      flights: hostile.map((text, index) =>
        flight(index + 1, { flightCode: `FL${index}`, airline: text, toCity: text }),
      ),
      bookings: hostile.map((text, index) =>
        booking(index + 1, { flightCode: `FL${index}`, paymentMethod: text }),
      ),
    });
    const { rows } = await db.sql.query(`
      select airline, to_city, payment_method
        from fact_booking join dim_flight using (flight_key) join dim_payment_method using (payment_method_key)
       order by booking_id`);
    expect(rows).to.deep.equal(
      hostile.map((text) => ({ airline: text, to_city: text, payment_method: text })),
    );
  });
});
