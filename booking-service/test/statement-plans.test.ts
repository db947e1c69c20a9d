import { toPageStatement } from '@flight/mesh';
import { expect } from 'chai';
import { PLACE_ORDER } from '../src/infra/place-order-statement.js';
import { BOOKING_CHANGES, FLIGHT_VERSIONS } from '../src/infra/postgres-booking-changes.js';
import { CANCEL_BOOKING, LIST_BOOKINGS } from '../src/infra/postgres-bookings.js';
import { FIND_FLIGHT, LIST_ROUTE, SET_FLIGHT_STATUS } from '../src/infra/postgres-flights.js';
import { type BookingBed, openBookingBed } from './support/booking-bed.js';

const CALLS = [
  {
    statement: PLACE_ORDER,
    values: `1, '1:key', 'print', 'FL00001', 'cash', false, '2026-01-01'`,
    indexes: ['booking_request_key', 'flight_code_key'],
  },
  { statement: CANCEL_BOOKING, values: `1, 1, '2026-01-01'`, indexes: ['booking_pkey', 'flight_pkey'] },
  { statement: LIST_BOOKINGS, values: `7, 0, 101`, indexes: ['booking_user_idx'] },
  { statement: FIND_FLIGHT, values: `'FL00001'`, indexes: ['flight_code_key'] },
  { statement: LIST_ROUTE, values: `'from 7', 'to 7', null, null, 101`, indexes: ['flight_route_idx'] },
  {
    statement: SET_FLIGHT_STATUS,
    values: `'FL00001', 'Delayed', '2026-01-01'`,
    indexes: ['flight_code_key'],
  },
  {
    statement: toPageStatement(FLIGHT_VERSIONS),
    values: `'800:800:', '900:900:', '850', '1', 1000`,
    indexes: ['flight_version_pkey'],
  },
  {
    statement: toPageStatement(BOOKING_CHANGES),
    values: `'800:800:', '900:900:', '850', '1', 1000`,
    indexes: ['booking_change_pkey', 'flight_pkey'],
  },
];

describe('the statements', function () {
  this.timeout(60_000);
  let bed: BookingBed;

  before(async () => {
    bed = await openBookingBed();
    await bed.start();
    await bed.sql.query(`
      insert into flight (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                          price, status, seats_total, seats_left, created_at, updated_at)
      select 'FL' || lpad(i::text, 5, '0'), 'A', '2025-01-01', '2025-01-02', 'F', 'T', 'from ' || i % 100,
             'to ' || i % 100, 1, 'On Time', 100, 100, now(), now()
        from generate_series(1, 5000) i;
      insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)
      select i % 10000, 1 + i % 5000, 'Confirmed', 'cash', 1, i % 10000 || ':' || i, '', now()
        from generate_series(1, 20000) i;
      analyze`);
  });
  after(() => bed.close());

  for (const { statement, values, indexes } of CALLS) {
    it(`${statement.name} finds its rows by ${indexes.join(' and ')}`, async () => {
      const client = await bed.sql.connect();
      try {
        await client.query('begin; set local plan_cache_mode = force_generic_plan');
        await client.query(`prepare planned as ${statement.text}`);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute planned(${values})`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).to.not.match(/Seq Scan|Sort/);
        for (const index of indexes) expect(plan).to.contain(index);
      } finally {
        await client.query('rollback; deallocate all');
        client.release();
      }
    });
  }
});
