import { openTestBed, type TestBed } from '@flight/local';
import { expect } from 'chai';
import type pg from 'pg';
import { toCityKey } from '../src/generate/cities.js';
import { type Generated, generate, type SourceDatabases, type Step } from '../src/generate/generate.js';
import { createRandom } from '../src/generate/random.js';
import { sellSeats, shareOut } from '../src/generate/sales.js';
import { planSchedule } from '../src/generate/schedule.js';
import { generateThroughContracts } from '../src/generate/through-contracts.js';
import { readWish, type Wish } from '../src/generate/wish.js';
import { ask, openSources } from './support/source-databases.js';

const WISH: Wish = {
  flights: 1500,
  bookings: 30_000,
  users: 900,
  seed: 7,
  atMs: Date.parse('2026-07-01T12:00:00Z'),
};

describe('a wish for data', () => {
  it('is read from the environment, with the rest made to fit', () => {
    const now = Date.parse('2026-03-04T05:06:07Z');
    expect(readWish({ FLIGHTS: '20', BOOKINGS: '1000' }, now)).to.deep.equal({
      flights: 20,
      bookings: 1000,
      users: 200,
      seed: 1,
      atMs: Date.parse('2026-03-04T12:00:00Z'),
    });
  });

  it('is refused when a number is none or too large, or a day is none', () => {
    expect(() => readWish({ FLIGHTS: 'many' }, 0)).to.throw(/FLIGHTS takes a whole number from 1 to 200000/);
    expect(() => readWish({ BOOKINGS: '1e9' }, 0)).to.throw(/BOOKINGS/);
    expect(() => readWish({ AT: '2026-02-30' }, 0)).to.throw(/AT takes a day/);
  });

  it('is refused by the contracts when it is a large one', async () => {
    const refused = generateThroughContracts({ bookings: 1501, users: 1, seed: 1 }, 'http://127.0.0.1:9');
    await refused.then(
      () => expect.fail('it was not refused'),
      (error: Error) => expect(error.message).to.match(/at most 1500 bookings/),
    );
  });
});

describe('a made-up schedule', () => {
  const schedule = planSchedule(WISH);

  it('is the same for the same seed, and another one for another', () => {
    expect(planSchedule(WISH)).to.deep.equal(schedule);
    expect(planSchedule({ ...WISH, seed: 8 })).not.to.deep.equal(schedule);
  });

  it('connects many cities by many airlines, never a city with itself', () => {
    expect(new Set(schedule.map(({ from }) => from.name)).size).to.be.greaterThan(50);
    expect(new Set(schedule.map(({ airline }) => airline.name)).size).to.be.greaterThan(20);
    expect(schedule.filter(({ from, to }) => from === to)).to.deep.equal([]);
  });

  it('takes hours as the distance and the clocks of both cities ask for', () => {
    for (const { departureWallMs, arrivalWallMs, from, to } of schedule) {
      const hours = (arrivalWallMs - departureWallMs) / 3_600_000 - (to.utcOffset - from.utcOffset);
      expect(hours, `${from.name} – ${to.name}`).to.be.within(0.5, 20);
    }
  });

  it('asks more for a long way than for a short one', () => {
    const mean = (prices: readonly number[]) => prices.reduce((sum, one) => sum + one, 0) / prices.length;
    const priceOf = (isLong: boolean) =>
      mean(schedule.filter(({ seats }) => seats >= 300 === isLong).map(({ openingPrice }) => openingPrice));
    expect(priceOf(true)).to.be.greaterThan(2 * priceOf(false));
  });

  it('shares bookings out to the last one, and no flight gets more than it has seats', () => {
    const few = schedule.slice(0, 40);
    const seats = few.reduce((sum, flight) => sum + flight.seats, 0);
    for (const bookings of [0, 1, 39, 4321, seats - 1, seats]) {
      const quotas = shareOut(bookings, few);
      expect(quotas.reduce((sum, one) => sum + one, 0)).to.equal(bookings);
      expect(few.filter((flight, index) => (quotas[index] ?? 0) > flight.seats)).to.deep.equal([]);
    }
    expect(() => shareOut(seats + 1, few)).to.throw(/ask for more flights/);
  });

  it('sells at the price of the moment, which rises with what is sold, before the flight and before now', () => {
    const full = schedule.filter(({ changes }) => changes.at(-1)?.status === 'Arrived').slice(0, 20);
    expect(full).to.have.length(20);
    for (const flight of full) {
      const { sales, states } = sellSeats(createRandom(1, 'test'), flight, flight.seats, WISH.atMs);
      for (const { atMs, price } of sales) {
        const state = states.findLast((one) => one.atMs <= atMs);
        expect(price).to.equal(state?.price);
      }
      expect(sales.at(-1)?.price).to.be.greaterThan(1.5 * flight.openingPrice);
      expect(sales.at(-1)?.atMs).to.be.lessThan(Math.min(flight.departsAtMs, WISH.atMs));
      expect(states.map(({ atMs }) => atMs)).to.deep.equal(
        states.map(({ atMs }) => atMs).sort((a, b) => a - b),
      );
    }
  });
});

describe('data that is made in the databases', () => {
  let bed: TestBed;
  let databases: SourceDatabases;
  let made: Generated;
  const steps: Step[] = [];

  before(async function () {
    this.timeout(60_000);
    bed = await openTestBed({ postgres: true });
    databases = await openSources(bed);
    made = await generate(WISH, databases, (step) => steps.push(step));
  });

  after(() => bed.close());

  const askBookings = <Row>(text: string) => askRows<Row>(databases.bookings, text);
  const askUsers = <Row>(text: string) => askRows<Row>(databases.users, text);

  it('is as much as was asked for, and says how far it is', async () => {
    expect(made).to.include({ flights: 1500, bookings: 30_000, users: 900 });
    const counted = await askBookings(`select (select count(*) from flight)::int as flights,
      (select count(*) from booking)::int as bookings,
      (select count(*) from booking where status = 'Canceled')::int as canceled`);
    expect(counted).to.deep.equal([{ flights: 1500, bookings: 30_000, canceled: made.canceled }]);
    expect(await askUsers('select count(*)::int as users from user_account')).to.deep.equal([{ users: 900 }]);
    expect(steps.at(-1)).to.deep.equal({ what: 'bookings', done: 30_000, total: 30_000 });
  });

  it('has seats and counters that say what the bookings say', async () => {
    const wrong = await askBookings(`
      select flight_code from flight f
        left join lateral (
          select count(*) as made, count(canceled_at) as canceled, coalesce(sum(price), 0) as booked,
                 coalesce(sum(price) filter (where status = 'Canceled'), 0) as returned
            from booking where flight_id = f.id
        ) b on true
       where seats_total - seats_left <> made - canceled or bookings_made <> made or bookings_canceled <> canceled
          or amount_booked <> booked or amount_canceled <> returned`);
    expect(wrong).to.deep.equal([]);
  });

  it('has a history with every state of a flight and every change of a booking', async () => {
    expect(
      await askBookings(`select
        (select count(*) from booking_change)::int as bookings,
        (select count(*) from booking_change where canceled_at is not null)::int as canceled,
        (select count(distinct flight_id) from flight_version)::int as flights,
        (select count(*) > 2 * (select count(*) from flight) from flight_version) as versions`),
    ).to.deep.equal([
      { bookings: 30_000 + made.canceled, canceled: made.canceled, flights: 1500, versions: true },
    ]);
    expect(
      await askUsers(`select (select count(*) from account_version)::int as users,
        (select count(*) from subscription_change)::int as subscriptions,
        (select count(*) from flight_update_change)::int as updates,
        (select sum(latest_sequence) from flight_position)::int as positions`),
    ).to.deep.equal([
      { users: 900, subscriptions: made.subscriptions, updates: made.updates, positions: made.updates },
    ]);
    expect(made.subscriptions).to.be.greaterThan(100);
  });

  it('is canceled and paid for in plausible shares', async () => {
    expect(made.canceled / made.bookings).to.be.within(0.06, 0.1);
    const methods = await askBookings<{ payment_method: string }>(
      'select payment_method from booking group by 1 order by count(*) desc',
    );
    expect(methods.map(({ payment_method }) => payment_method)).to.have.length(7);
    expect(methods[0]).to.deep.equal({ payment_method: 'credit_card' });
  });

  it('is found by searches, and its requests are the users’ own', async () => {
    const cities = await askBookings<{ city: string; key: string }>(
      'select distinct from_city as city, from_city_key as key from flight',
    );
    expect(cities.filter(({ city, key }) => toCityKey(city) !== key)).to.deep.equal([]);
    expect(toCityKey('  SÃO   Paulo ')).to.equal('são paulo');
    const odd = `select id from booking
      where request_key not like user_id || ':%' or created_at > '2026-07-01T12:00:00Z' or canceled_at < created_at`;
    expect(await askBookings(odd)).to.deep.equal([]);
  });

  it('is made beside what is there when it is asked for again', async () => {
    await generate({ ...WISH, flights: 10, bookings: 20, users: 5 }, databases);
    expect(await askBookings('select count(*)::int as flights from flight')).to.deep.equal([
      { flights: 1510 },
    ]);
    // The next one that people make gets an id of its own.
    await askBookings(`insert into booking (user_id, flight_id, status, payment_method, price, request_key, fingerprint, created_at)
      select 1, min(id), 'Confirmed', 'cash', 1, 'by hand', '', now() from flight`);
  });
});

async function askRows<Row>(config: pg.ClientConfig, text: string): Promise<readonly Row[]> {
  return ask(config, async (client) => (await client.query(text)).rows as Row[]);
}
