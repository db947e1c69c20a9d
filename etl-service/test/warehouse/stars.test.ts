import { until } from '@flight/local';
import { expect } from 'chai';
import { at, booking, checkpoint, flight, subscription, update, user } from './support/changes.js';
import { loadWindow, UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

const SOURCE = 'booking-service';

describe('the live star and its shadow', function () {
  this.timeout(60_000);
  let bed: WarehouseBed;
  let db: WarehouseDatabase;

  before(async () => {
    bed = await openWarehouseBed();
  });
  beforeEach(async () => {
    db = await bed.createWarehouse();
  });
  after(() => bed.close());

  async function bookingsRead(): Promise<number[]> {
    const { rows } = await db.sql.query<{ id: number }>(
      'select booking_id::int as id from warehouse.fact_booking order by 1',
    );
    return rows.map(({ id }) => id);
  }

  async function schemas(): Promise<string[]> {
    const { rows } = await db.sql.query<{ name: string }>(
      `select regexp_replace(nspname, '\\d+$', '') as name from pg_namespace where nspname like 'warehouse%' order by 1`,
    );
    return rows.map(({ name }) => name);
  }

  it('is made once, however many processes start at once, and tells an earlier and a later shape', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => db.another().prepare(UNTIL_DONE)));
    expect(answers).to.deep.equal(['ready', 'ready', 'ready']);
    await db.sql.query('update star_version set version = version - 1');
    expect(await db.warehouse.prepare(UNTIL_DONE)).to.equal('outdated');
    await db.sql.query('update star_version set version = version + 2');
    expect(await db.warehouse.prepare(UNTIL_DONE)).to.equal('newer');
  });

  it('answers no freshness while there is no star', async () => {
    expect(await db.warehouse.freshness(UNTIL_DONE)).to.deep.equal(new Map());
  });

  it('keeps the shadow of the run that goes on with it, and makes another run an empty one', async () => {
    await db.warehouse.prepare(UNTIL_DONE);
    const staged = async () => (await db.sql.query('select token from warehouse_next.position')).rows;
    await db.warehouse.openShadow(7, UNTIL_DONE);
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)] }, { star: 'shadow' });
    await db.warehouse.openShadow(7, UNTIL_DONE);
    expect(await staged()).to.have.length(1);
    await db.warehouse.openShadow(8, UNTIL_DONE);
    expect(await staged()).to.have.length(0);
    await db.warehouse.dropShadow(UNTIL_DONE);
    expect(await schemas()).to.deep.equal(['warehouse']);
  });

  it('is swapped under a reader, who goes on with the former star that is dropped later', async () => {
    await db.warehouse.prepare(UNTIL_DONE);
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings: [booking(1)] });
    await db.warehouse.openShadow(1, UNTIL_DONE);
    const rebuilt = { flights: [flight(1)], bookings: [booking(1), booking(2)] };
    await loadWindow(db.warehouse, SOURCE, rebuilt, { star: 'shadow' });
    const reader = await db.sql.connect();
    await reader.query('begin; declare slowly cursor for select booking_id::int as id from fact_booking');
    await db.warehouse.swap(UNTIL_DONE);
    expect(await bookingsRead()).to.deep.equal([1, 2]);
    expect((await reader.query('fetch all from slowly')).rows).to.deep.equal([{ id: 1 }]);
    expect(await schemas()).to.deep.equal(['warehouse', 'warehouse_old_']);
    expect(db.lines.join('')).to.contain('a former star is still read');
    await reader.query('rollback');
    reader.release();
    await db.warehouse.prepare(UNTIL_DONE);
    expect(await schemas()).to.deep.equal(['warehouse']);
    const { counts } = await loadWindow(
      db.warehouse,
      SOURCE,
      { bookings: [booking(3)] },
      { end: checkpoint({ bookings: 3 }) },
    );
    expect(counts).to.deep.equal([{ name: 'bookings', source: 3, warehouse: 3 }]);
  });

  it('is not swapped while somebody loads it', async () => {
    await db.warehouse.prepare(UNTIL_DONE);
    await db.warehouse.openShadow(1, UNTIL_DONE);
    const load = await db.warehouse.open('live', 'user-service', UNTIL_DONE);
    const swapping = db.warehouse.swap(UNTIL_DONE);
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted`;
    await until('the swap waits', async () => (await db.sql.query(waiting)).rowCount === 1);
    expect(await schemas()).to.deep.equal(['warehouse', 'warehouse_next']);
    await load?.close();
    await swapping;
    expect(await schemas()).to.deep.equal(['warehouse']);
  });

  it('refuses a swap without a shadow', async () => {
    await db.warehouse.prepare(UNTIL_DONE);
    const refused = await db.warehouse.swap(UNTIL_DONE).catch((error: Error) => error.message);
    expect(refused).to.equal('there is no shadow to put in the place of the live star');
    expect(await schemas()).to.deep.equal(['warehouse']);
  });

  it('names the rows in which it differs from its shadow', async () => {
    const bookings = [1, 2, 3, 4].map((id) => booking(id, { userId: id }));
    const window = { flights: [flight(1), flight(2, { changedAt: at('2026-02-20') })], bookings };
    await db.warehouse.prepare(UNTIL_DONE);
    await db.warehouse.openShadow(1, UNTIL_DONE);
    await loadWindow(db.warehouse, SOURCE, window);
    // In another order, so that the surrogate keys are others.
    await loadWindow(db.warehouse, SOURCE, { flights: window.flights, bookings: [] }, { star: 'shadow' });
    await loadWindow(db.warehouse, SOURCE, { bookings: bookings.toReversed() }, { star: 'shadow' });
    expect(await db.warehouse.compare(SOURCE, UNTIL_DONE)).to.deep.equal(new Map());

    await db.sql.query(`
      delete from fact_booking where booking_id = 1;
      update fact_booking set price = 90, canceled_at = '2026-02-02 12:00:00Z' where booking_id = 2;
      update dim_flight set status = 'Delayed' where version_id = 2;
      delete from warehouse_next.fact_booking where booking_id = 4`);
    expect([...(await db.warehouse.compare(SOURCE, UNTIL_DONE))]).to.deep.equal([
      ['dim_flight FL001 version 2', 'dim_flight FL001 version 2: status Delayed, source On Time'],
      ['fact_booking 1', 'fact_booking 1: missing'],
      [
        'fact_booking 2',
        'fact_booking 2: price 90, source 100; canceled_at 2026-02-02T12:00:00+00:00, source none',
      ],
      ['fact_booking 4', 'fact_booking 4: not at the source'],
    ]);
  });

  it('compares accounts, subscriptions and updates, and not who is only named by bookings', async () => {
    const window = {
      users: [user(1), user(2)],
      subscriptions: [subscription(1), subscription(2)],
      flightUpdates: [update(1), update(2)],
    };
    await db.warehouse.prepare(UNTIL_DONE);
    await db.warehouse.openShadow(1, UNTIL_DONE);
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings: [booking(1, { userId: 9 })] });
    await loadWindow(db.warehouse, 'user-service', window);
    await loadWindow(db.warehouse, 'user-service', window, { star: 'shadow' });
    expect(await db.warehouse.compare('user-service', UNTIL_DONE)).to.deep.equal(new Map());
    await db.sql.query(`
      update dim_user set staff = true where known and user_key = (select user_key from user_identity where user_id = 2);
      delete from fact_subscription where subscription_id = 1;
      update fact_flight_update set updates = 3`);
    expect([...(await db.warehouse.compare('user-service', UNTIL_DONE)).values()]).to.deep.equal([
      'dim_user 2: staff true, source false',
      'fact_subscription 1: missing',
      'fact_flight_update FL001 2026-02-01: updates 3, source 2',
    ]);
  });

  it('names a thousand rows at most', async () => {
    const bookings = Array.from({ length: 1200 }, (_, index) => booking(index + 1));
    await db.warehouse.prepare(UNTIL_DONE);
    await db.warehouse.openShadow(1, UNTIL_DONE);
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings }, { star: 'shadow' });
    const found = await db.warehouse.compare(SOURCE, UNTIL_DONE);
    expect(found.size).to.equal(1000);
    expect([...found.values()].slice(0, 2)).to.deep.equal([
      'dim_flight FL001 version 1: missing',
      'fact_booking 1: missing',
    ]);
  });
});
