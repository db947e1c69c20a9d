import { expect } from 'chai';
import { MERGE_BOOKINGS } from '../../src/infra/merge-bookings.js';
import { MOVE_BOOKINGS } from '../../src/infra/merge-flights.js';
import { planMerge } from '../../src/infra/merge-window.js';
import { openSession, type Session } from '../../src/infra/star-session.js';
import { at, booking, changes, checkpoint, flight } from './support/changes.js';
import { loadWindow, openLoad, UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

const SOURCE = 'booking-service';
const BOOKINGS = 40_000;
const MINUTE_MS = 60_000;

describe('merging a small window into a large star', function () {
  this.timeout(60_000);
  let bed: WarehouseBed;
  let db: WarehouseDatabase;
  let session: Session;

  before(async () => {
    bed = await openWarehouseBed();
    db = await bed.createWarehouse();
    await db.warehouse.prepare(UNTIL_DONE);
    const flights = Array.from({ length: 500 }, (_, index) =>
      flight(index + 1, { flightCode: `FL${index}` }),
    );
    const bookings = Array.from({ length: BOOKINGS }, (_, index) =>
      booking(index + 1, {
        userId: index % 5000,
        flightCode: `FL${index % 500}`,
        bookedAt: new Date(at('2026-02-01').getTime() + index * MINUTE_MS),
      }),
    );
    await loadWindow(db.warehouse, SOURCE, { flights, bookings });
    session = await openSession(db.database, 'warehouse', UNTIL_DONE);
  });
  after(async () => {
    session.close();
    await bed.close();
  });

  /** The plan as the merge of a staged window would have it. */
  async function explain(statement: string, values: readonly unknown[]): Promise<string> {
    const rows = await session.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it('takes a tenth of the facts for a small window, and the first one for a large one', async () => {
    expect(await planMerge(session, SOURCE, BOOKINGS / 10)).to.deep.equal({ first: false, large: false });
    expect(await planMerge(session, SOURCE, BOOKINGS / 10 + 1)).to.deep.equal({ first: false, large: true });
    expect(await planMerge(session, 'user-service', 1)).to.deep.equal({ first: true, large: true });
  });

  it('looks up what it changes, and reads no table from end to end', async () => {
    const load = await openLoad(db.warehouse, SOURCE);
    const some = Array.from({ length: 3000 }, (_, index) =>
      booking(index * 13 + 1, { flightCode: `FL${index % 500}`, canceledAt: at('2026-03-01') }),
    );
    await load.stage(changes({ bookings: some }), 'a', checkpoint());
    await load.close();
    await session.query('begin; analyze stage_booking');
    await session.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
    const plan = await explain(MERGE_BOOKINGS, []);
    await session.query('rollback');
    expect(plan).to.not.match(/Seq Scan on (fact_booking|dim_flight|user_identity)/);
    for (const index of ['fact_booking_id', 'dim_flight_moment', 'user_identity_pkey'])
      expect(plan).to.contain(index);
  });

  it('looks for bookings to move among those since the version began', async () => {
    const last = new Date(at('2026-02-01').getTime() + (BOOKINGS - 100) * MINUTE_MS);
    await session.query('begin; set local enable_hashjoin = off; set local enable_mergejoin = off');
    const plan = await explain(MOVE_BOOKINGS, [last]);
    await session.query('rollback');
    expect(plan).to.contain('fact_booking_period');
    expect(plan).to.not.contain('Seq Scan');
  });
});
