import { until } from '@flight/local';
import { expect } from 'chai';
import type { SourceLoad } from '../../src/domain/warehouse.js';
import { at, booking, changes, checkpoint, flight, subscription, update, user } from './support/changes.js';
import { loadWindow, openLoad, UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

const SOURCE = 'booking-service';

describe('loading a source', function () {
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

  async function count(table: string): Promise<number> {
    const { rows } = await db.sql.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]?.count ?? -1;
  }

  /** Ends every connection that holds a load's lock, as a failover or an administrator would. */
  async function killLoads(): Promise<void> {
    const { rows } = await db.sql.query<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(rows).to.have.length(1);
  }

  it('shows nothing of a window before all of it is there', async () => {
    const load = await openLoad(db.warehouse, SOURCE);
    await load.stage(changes({ flights: [flight(1)] }), 'a', undefined);
    await load.stage(changes({ bookings: [booking(1)] }), 'b', undefined);
    expect(await load.progress()).to.deep.equal({ token: 'b', staged: 2, complete: undefined });
    expect([await count('dim_flight'), await count('fact_booking')]).to.deep.equal([0, 0]);
    await load.stage(changes({}), 'c', checkpoint({ flights: 1, bookings: 1 }));
    const merged = await load.merge();
    expect(merged).to.deep.equal({
      rows: 2,
      counts: [
        { name: 'flights', source: 1, warehouse: 1 },
        { name: 'bookings', source: 1, warehouse: 1 },
      ],
    });
    expect([await count('dim_flight'), await count('fact_booking')]).to.deep.equal([1, 1]);
    expect(await load.progress()).to.deep.equal({ token: 'c', staged: 0, complete: undefined });
    await load.close();
  });

  it('refuses to merge a window that is not complete, and to go on with one that is', async () => {
    const load = await openLoad(db.warehouse, SOURCE);
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: Error) => error.message,
      );
    expect(await refusal(load.merge())).to.equal('there is no complete window to merge');
    await load.stage(changes({}), 'a', checkpoint());
    expect(await refusal(load.stage(changes({}), 'b', undefined))).to.equal(
      'a complete window waits for its merge',
    );
    await load.close();
  });

  it('takes changes that come again with their token only once', async () => {
    const load = await openLoad(db.warehouse, 'user-service');
    const same = changes({ flightUpdates: [update(1), update(2)] });
    await load.stage(same, 'a', undefined);
    await load.stage(same, 'a', undefined);
    await load.stage(same, 'a', checkpoint({ flight_updates: 2 }));
    const { rows, counts } = await load.merge();
    expect({ rows, counts }).to.deep.equal({
      rows: 2,
      counts: [{ name: 'flight_updates', source: 2, warehouse: 2 }],
    });
    await load.close();
  });

  it('lets one process load a source at a time, and another one source and star each', async () => {
    const other = db.another();
    const load = await openLoad(db.warehouse, SOURCE);
    expect(await other.open('live', SOURCE, UNTIL_DONE)).to.equal(undefined);
    const users = await openLoad(other, 'user-service');
    await other.openShadow(1, UNTIL_DONE);
    const shadow = await openLoad(other, SOURCE, 'shadow');
    await load.close();
    const next = await openLoad(other, SOURCE);
    await Promise.all([users, shadow, next].map((open) => open.close()));
  });

  it('takes the place of a process that holds the lock and does nothing', async () => {
    const frozen = await openLoad(db.warehouse, SOURCE);
    const impatient = db.another({ silentMs: 0 });
    let load: SourceLoad | undefined;
    await until('the lock is free', async () => {
      load = await impatient.open('live', SOURCE, UNTIL_DONE);
      return load !== undefined;
    });
    const failure = await frozen.stage(changes({ flights: [flight(1)] }), 'a', undefined).then(
      () => 'staged',
      (error: { reason?: string }) => error.reason,
    );
    expect(failure).to.equal('DATABASE_UNAVAILABLE');
    await frozen.close();
    expect(await load?.progress()).to.deep.equal({ token: '', staged: 0, complete: undefined });
    await load?.close();
  });

  it('goes on with what was staged when the connection is killed before the merge', async () => {
    const load = await openLoad(db.warehouse, SOURCE);
    const end = checkpoint({ bookings: 1, booked_amount: 100 });
    await load.stage(changes({ flights: [flight(1)], bookings: [booking(1)] }), 'a', end);
    await killLoads();
    const failure = await load.merge().then(
      () => 'merged',
      (error: { reason?: string }) => error.reason,
    );
    expect(failure).to.equal('DATABASE_UNAVAILABLE');
    await load.close();
    const next = await openLoad(db.warehouse, SOURCE);
    expect(await next.progress()).to.deep.equal({ token: 'a', staged: 2, complete: end });
    await next.merge();
    await next.close();
    expect(await count('fact_booking')).to.equal(1);
  });

  it('keeps nothing of a merge whose connection is killed before its commit', async () => {
    const dying = db.another({
      reached: async (boundary) => {
        if (boundary === 'merge.uncommitted') await killLoads();
      },
    });
    const window = { flights: [flight(1)], bookings: [booking(1)] };
    const failure = await loadWindow(dying, SOURCE, window).then(
      () => 'merged',
      (error: { reason?: string }) => error.reason,
    );
    expect(failure).to.equal('DATABASE_UNAVAILABLE');
    expect(await count('fact_booking')).to.equal(0);
    await until('the lock is free', async () => {
      const load = await db.warehouse.open('live', SOURCE, UNTIL_DONE);
      if (load === undefined) return false;
      await load.merge();
      await load.close();
      return true;
    });
    expect(await count('fact_booking')).to.equal(1);
  });

  it('ends its statement and frees its lock when it is aborted', async () => {
    const stop = new AbortController();
    const blocker = await db.sql.connect();
    await blocker.query('begin; lock table dim_flight in exclusive mode');
    const load = await db.warehouse.open('live', SOURCE, stop.signal);
    await load?.stage(changes({ flights: [flight(1)] }), 'a', checkpoint());
    const merging = load?.merge().catch((error: unknown) => error);
    const waiting = () =>
      db.sql.query(`select from pg_locks where not granted and relation = 'dim_flight'::regclass`);
    await until('the merge waits', async () => (await waiting()).rowCount === 1);
    stop.abort(new Error('stopped'));
    expect(await merging).to.equal(stop.signal.reason);
    await until('the statement has ended', async () => (await waiting()).rowCount === 0);
    await blocker.query('rollback');
    blocker.release();
    await (await openLoad(db.warehouse, SOURCE)).close();
  });

  it('tells what is in the tables, not what it put there: rows that somebody removed are missed', async () => {
    const bookings = [booking(1), booking(2, { price: 50, canceledAt: at('2026-02-02') }), booking(3)];
    await loadWindow(db.warehouse, SOURCE, { flights: [flight(1)], bookings });
    await loadWindow(db.warehouse, 'user-service', {
      users: [user(1), user(2), user(3, { removed: true })],
      subscriptions: [subscription(1), subscription(2, { endedAt: at('2026-02-02') })],
      flightUpdates: [update(1), update(2)],
    });
    await db.sql.query(
      'delete from fact_booking where booking_id < 3; update dim_user set removed_at = now()',
    );
    await db.sql.query('truncate fact_subscription; update fact_booking set price = price + 7');
    const all = { flights: 1, bookings: 3, canceled_bookings: 1, booked_amount: 250, canceled_amount: 50 };
    const { counts } = await loadWindow(db.warehouse, SOURCE, {}, { end: checkpoint(all) });
    expect(counts.map(({ warehouse }) => warehouse)).to.deep.equal([1, 1, 0, 107, 0]);
    const users = checkpoint({ users: 2, subscriptions: 1, flight_updates: 2 });
    const { counts: ofUsers } = await loadWindow(db.warehouse, 'user-service', {}, { end: users });
    expect(ofUsers.map(({ warehouse }) => warehouse)).to.deep.equal([0, 0, 2]);
  });

  it('tells up to when it has each source', async () => {
    const asOf = at('2026-03-05');
    expect(await db.warehouse.freshness(UNTIL_DONE)).to.deep.equal(new Map());
    await loadWindow(db.warehouse, SOURCE, {}, { end: checkpoint({}, asOf) });
    expect(await db.warehouse.freshness(UNTIL_DONE)).to.deep.equal(new Map([[SOURCE, asOf]]));
  });
});
