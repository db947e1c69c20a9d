import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import type pg from 'pg';
import { startHighWaterMark } from '../src/drills/data/etl/high-water-mark.js';
import { toLagFigures, toLags } from '../src/drills/data/etl/lag.js';
import { loadNaively } from '../src/drills/data/etl/naive-loader.js';
import { toStepSeconds } from '../src/etl/timed-run.js';
import { makeChanges } from '../src/generate/changes.js';
import { generate, type SourceDatabases } from '../src/generate/generate.js';
import { createRandom } from '../src/generate/random.js';
import { ask, openSources } from './support/source-databases.js';

describe('the lag of rows', () => {
  const outage = { fromMs: 1000, toMs: 2000 };
  const booking = (sentAtMs: number, seenAtMs: number) => ({ kind: 'booking', sentAtMs, seenAtMs }) as const;

  it('leaves those out that were on their way during the failover, and only those of its source', () => {
    const { usual, disturbed } = toLags(
      [
        booking(100, 900),
        booking(900, 1100),
        booking(1200, 1300),
        booking(1999, 4000),
        booking(2001, 2500),
        { kind: 'account', sentAtMs: 900, seenAtMs: 4900 },
      ],
      outage,
    );
    expect(usual).to.deep.equal([800, 499, 4000]);
    expect(disturbed).to.deep.equal([200, 100, 2001]);
  });

  it('is all there is without a failover', () => {
    expect(toLags([booking(1200, 1300)], undefined).usual).to.deep.equal([100]);
    expect(toLagFigures([5, 1, 3])).to.deep.equal({
      rows: 3,
      'lag p50 ms': 3,
      'lag p99 ms': 5,
      'lag max ms': 5,
    });
  });
});

describe('the steps of a run', () => {
  it('are named by their source, and what the slower one does not explain is the rest', () => {
    const part = (source: string, seconds: number) => ({
      source,
      steps: [{ name: 'extract', duration: { seconds, nanos: 500_000_000 } }],
    });
    const run = { parts: [part('booking-service', 3), part('user-service', 1)] };
    expect(
      toStepSeconds({ run, tookMs: 4000 } as unknown as Parameters<typeof toStepSeconds>[0]),
    ).to.deep.equal({
      'booking extract': 3.5,
      'user extract': 1.5,
      rest: 0.5,
    });
  });
});

describe('sources that are changed', () => {
  let bed: TestBed;
  let databases: SourceDatabases;

  before(async function () {
    this.timeout(60_000);
    bed = await openTestBed({ postgres: true });
    databases = await openSources(bed);
    const wish = {
      flights: 200,
      bookings: 2000,
      users: 50,
      seed: 3,
      atMs: Date.parse('2026-07-01T12:00:00Z'),
    };
    await generate(wish, databases);
  });

  after(() => bed.close());

  const query = <Row>(config: pg.ClientConfig, text: string) =>
    ask(config, async (client) => (await client.query(text)).rows as Row[]);

  it('get as many changes as were asked for, and still add up', async () => {
    const changes =
      'select (select count(*) from booking_change)::int + (select count(*) from flight_version)::int as count';
    const [before] = await query<{ count: number }>(databases.bookings, changes);
    const made = await makeChanges(1000, createRandom(1, 'test'), databases.bookings, [1, 2, 3]);
    expect(made).to.deep.equal({ booked: 600, canceled: 300, statuses: 100 });
    const [after] = await query<{ count: number }>(databases.bookings, changes);
    expect((after?.count ?? 0) - (before?.count ?? 0)).to.equal(1000);
    const wrong = await query(
      databases.bookings,
      `select flight_code
         from flight f
        cross join lateral (
          select count(*) as sold, coalesce(sum(price), 0) as amount
            from booking where flight_id = f.id and status = 'Confirmed'
        ) b
        where seats_total - seats_left <> sold or amount_booked - amount_canceled <> amount
           or bookings_made - bookings_canceled <> sold`,
    );
    expect(wrong).to.deep.equal([]);
  });

  it('are missed in part by a reader that goes by the newest time that it has seen', async () => {
    const find = async () => databases.bookings;
    const reader = startHighWaterMark(find, async () => databases.users);
    const [bookings] = await query<{ count: number }>(
      databases.bookings,
      'select (select count(*) from booking)::int + (select count(*) from flight)::int as count',
    );
    const [users] = await query<{ count: number }>(
      databases.users,
      'select (select count(*) from user_account)::int + (select count(*) from subscription)::int as count',
    );
    const all = (bookings?.count ?? 0) + (users?.count ?? 0);
    await until('its first look', () => reader.read === all);
    await ask(databases.bookings, async (late) => {
      const set = (client: pg.Client, which: 'min' | 'max') =>
        client.query(
          `update flight set status = case status when 'Delayed' then 'Boarding' else 'Delayed' end,
                  updated_at = clock_timestamp() where id = (select ${which}(id) from flight)`,
        );
      await late.query('begin');
      await set(late, 'min');
      await ask(databases.bookings, (early) => set(early, 'max'));
      await until('its next look', () => reader.read > all);
      await late.query('commit');
    });
    expect(await reader.stop()).to.equal(1);
    await reader.close();
  });

  it('are loaded twice by a loader that stores its position apart', async () => {
    expect(await loadNaively(databases, 0)).to.equal(0);
    expect(await loadNaively(databases, 2)).to.equal(500);
  });
});
