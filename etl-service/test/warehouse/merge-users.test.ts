import { expect } from 'chai';
import { at, subscription, update, user } from './support/changes.js';
import { loadWindow, UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

const SOURCE = 'user-service';

describe('merging users, subscriptions and flight updates', function () {
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

  it('follows an account through its roles to its removal', async () => {
    const users = `select staff, created_on::text, removed_at from dim_user join user_identity using (user_key) order by user_id`;
    await loadWindow(db.warehouse, SOURCE, {
      users: [user(1), user(2), user(1, { staff: true, changedAt: at('2026-01-02') })],
    });
    expect((await db.sql.query(users)).rows).to.deep.equal([
      { staff: true, created_on: '2026-01-01', removed_at: null },
      { staff: false, created_on: '2026-01-01', removed_at: null },
    ]);
    await loadWindow(db.warehouse, SOURCE, {
      users: [user(1, { staff: true, removed: true, changedAt: at('2026-01-03') })],
    });
    expect((await db.sql.query(users)).rows[0]).to.deep.equal({
      staff: true,
      created_on: '2026-01-01',
      removed_at: at('2026-01-03'),
    });
  });

  it('completes a subscription that ends, and takes one to a flight that nobody knows', async () => {
    await loadWindow(db.warehouse, SOURCE, {
      subscriptions: [
        subscription(1, { userId: 7, flightCode: 'NOSUCH1' }),
        subscription(2),
        subscription(2, { endedAt: at('2026-02-02') }),
      ],
    });
    await loadWindow(db.warehouse, SOURCE, {
      subscriptions: [
        subscription(1, { userId: 7, flightCode: 'NOSUCH1', endedAt: at('2026-02-04') }),
        subscription(3),
      ],
    });
    const { rows } = await db.sql.query(
      'select subscription_id::int as id, flight_code, ended_on::text from fact_subscription order by id',
    );
    expect(rows).to.deep.equal([
      { id: 1, flight_code: 'NOSUCH1', ended_on: '2026-02-04' },
      { id: 2, flight_code: 'FL001', ended_on: '2026-02-02' },
      { id: 3, flight_code: 'FL001', ended_on: null },
    ]);
  });

  it('adds up the updates of a flight day by day over windows', async () => {
    const early = at('2026-02-01T08:00:00');
    const late = at('2026-02-01T23:59:59');
    await loadWindow(db.warehouse, SOURCE, {
      flightUpdates: [update(1), update(2, { publishedAt: late }), update(1, { flightCode: 'FL002' })],
    });
    await loadWindow(db.warehouse, SOURCE, {
      flightUpdates: [
        update(3, { publishedAt: early }),
        update(4, { publishedAt: at('2026-02-02T00:00:00') }),
      ],
    });
    const { rows } = await db.sql.query(
      'select flight_code, day::text, updates::int, first_at, last_at from fact_flight_update order by 1, 2',
    );
    expect(rows).to.deep.equal([
      { flight_code: 'FL001', day: '2026-02-01', updates: 3, first_at: early, last_at: late },
      {
        flight_code: 'FL001',
        day: '2026-02-02',
        updates: 1,
        first_at: at('2026-02-02T00:00:00'),
        last_at: at('2026-02-02T00:00:00'),
      },
      {
        flight_code: 'FL002',
        day: '2026-02-01',
        updates: 1,
        first_at: at('2026-02-01'),
        last_at: at('2026-02-01'),
      },
    ]);
  });

  it('gives one user one key when both sources name the user at the same time', async () => {
    const users = Array.from({ length: 500 }, (_, index) => user(500 - index));
    const bookings = users.map(({ userId }, index) => ({
      bookingId: index + 1,
      userId,
      flightCode: 'FL001',
      paymentMethod: 'cash',
      price: 1,
      bookedAt: at('2026-02-01'),
      canceledAt: undefined,
    }));
    await Promise.all([
      loadWindow(db.warehouse, SOURCE, { users }),
      loadWindow(db.warehouse, 'booking-service', { bookings }),
    ]);
    const { rows } = await db.sql.query(
      'select count(*)::int as users, count(*) filter (where known)::int as known from dim_user',
    );
    expect(rows).to.deep.equal([{ users: 500, known: 500 }]);
  });
});
