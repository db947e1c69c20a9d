import { until } from '@flight/local';
import { FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { someBuyer } from './support/buyers.js';
import { storeFlight } from './support/flights.js';
import { readCounter } from './support/metrics.js';

const LOOKUPS = 'booking_search_cache_lookups_total';
const SOON_OVER = { freshMs: 20, freshEmptyMs: 20, staleMs: 600_000 };

describe('the search cache', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let one: Instance;
  let other: Instance;
  let hasty: Instance;

  before(async () => {
    bed = await openBookingBed();
    [one, other, hasty] = await Promise.all([bed.start(), bed.start(), bed.start({ cache: SOON_OVER })]);
  });
  after(() => bed.close());

  async function search({ flights }: Instance, route: { fromCity: string; toCity: string }) {
    const { fromCity, toCity } = route;
    return (await flights.searchFlights({ fromCity, toCity, pageSize: 0, pageToken: '' })).flights;
  }

  /** Searches, and tells how the cache answered. */
  async function resultOf(instance: Instance, fromCity: string, toCity: string): Promise<string | undefined> {
    const results = ['hit', 'stale', 'miss', 'bypass'];
    const count = () => Promise.all(results.map((result) => readCounter(instance, LOOKUPS, { result })));
    const before = await count();
    await search(instance, { fromCity, toCity });
    const after = await count();
    return results.find((_, i) => (after[i] ?? 0) > (before[i] ?? 0));
  }

  /** On a busy machine Redis may be late for once, and is left alone then for a moment. */
  function untilAnswered(
    instance: Instance,
    { fromCity, toCity }: { readonly fromCity: string; readonly toCity: string },
    ...wanted: readonly string[]
  ): Promise<void> {
    return until(`an answer that is a ${wanted.join(' or ')}`, async () =>
      wanted.includes((await resultOf(instance, fromCity, toCity)) ?? ''),
    );
  }

  /** Searches a route that nobody has searched yet, with Redis in time, and answers the route. */
  async function missedRoute(instance: Instance) {
    for (;;) {
      const flight = await storeFlight(bed.sql);
      const result = await resultOf(instance, flight.fromCity, flight.toCity);
      if (result === 'miss') return flight;
      expect(result).to.equal('bypass');
    }
  }

  /** Opens the way to Redis, and waits until every instance has found it. */
  async function reopenRedis(): Promise<void> {
    await bed.redis.open();
    await until('Redis to answer all instances again', async () => {
      const results = await Promise.all(
        [one, other, hasty].map((instance) => resultOf(instance, 'Any', 'Where')),
      );
      return !results.includes('bypass');
    });
  }

  it('answers the second search of a route, and all instances share it', async () => {
    const { fromCity, toCity } = await missedRoute(one);
    await untilAnswered(one, { fromCity, toCity }, 'hit');
    await untilAnswered(other, { fromCity: ` ${fromCity.toUpperCase()} `, toCity }, 'hit');
  });

  it('shows a change of status at once, at every instance', async () => {
    const flight = await storeFlight(bed.sql);
    for (const status of [FlightStatus.DELAYED, FlightStatus.BOARDING, FlightStatus.DEPARTED]) {
      await search(one, flight);
      await search(other, flight);
      const change = { flightCode: flight.flightCode, status, requestId: '' };
      await one.flights.setFlightStatus(change, await someBuyer(bed));
      for (const instance of [one, other]) {
        expect((await search(instance, flight)).map((found) => found.status)).to.deep.equal([status]);
      }
    }
  });

  it('never shows an older status than the last change, however many search meanwhile', async () => {
    const flight = await storeFlight(bed.sql);
    const buyer = await someBuyer(bed);
    let stop = false;
    const crowd = [one, other, one, other].map(async (instance) => {
      while (!stop) await search(instance, flight);
    });
    try {
      for (let round = 0; round < 20; round += 1) {
        const status = round % 2 === 0 ? FlightStatus.DELAYED : FlightStatus.ON_TIME;
        const change = { flightCode: flight.flightCode, status, requestId: '' };
        await (round % 3 === 0 ? one : other).flights.setFlightStatus(change, buyer);
        const seen = await Promise.all([search(one, flight), search(other, flight)]);
        expect(seen.map(([found]) => found?.status)).to.deep.equal([status, status]);
      }
    } finally {
      stop = true;
      await Promise.all(crowd);
    }
  });

  it('serves what it has while it refills it', async () => {
    const flight = await storeFlight(bed.sql);
    await untilAnswered(hasty, flight, 'hit', 'stale');
    const stale = await readCounter(hasty, LOOKUPS, { result: 'stale' });
    await bed.sql.query('update flight set price = 999 where flight_code = $1', [flight.flightCode]);
    await until('the listing to be served and refilled', async () => {
      const [found] = await search(hasty, flight);
      return found?.price === 999 && (await readCounter(hasty, LOOKUPS, { result: 'stale' })) > stale;
    });
  });

  it('spares the database when many miss a route at the same time', async () => {
    const flight = await storeFlight(bed.sql);
    const statements = () =>
      Promise.all(
        [one, other].map((instance) =>
          readCounter(instance, 'postgres_statement_seconds_count', { statement: 'list_route' }),
        ),
      ).then(([a = 0, b = 0]) => a + b);
    const before = await statements();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => search(i % 2 === 0 ? one : other, flight)),
    );
    for (const found of answers)
      expect(found.map(({ flightCode }) => flightCode)).to.deep.equal([flight.flightCode]);
    // One, if Redis answers in time on a busy machine; else each instance shares its reads.
    expect((await statements()) - before).to.be.within(1, 10);
  });

  it('is not needed: without Redis searches are answered from the database', async () => {
    const flight = await storeFlight(bed.sql);
    await search(one, flight);
    await bed.redis.shut();
    await until(
      'a search without Redis',
      async () => (await resultOf(one, flight.fromCity, flight.toCity)) === 'bypass',
    );
    expect(await search(one, flight)).to.have.length(1);
    await reopenRedis();
  });

  it('does not show what Redis remembers of the time before a change that it did not hear of', async () => {
    const flight = await storeFlight(bed.sql);
    await untilAnswered(one, flight, 'hit');
    await bed.redis.shut();
    const change = { flightCode: flight.flightCode, status: FlightStatus.DIVERTED, requestId: '' };
    await one.flights.setFlightStatus(change, await someBuyer(bed));
    expect((await search(one, flight))[0]?.status).to.equal(FlightStatus.DIVERTED);
    await reopenRedis();
    const refilled = async () => (await resultOf(one, flight.fromCity, flight.toCity)) === 'hit';
    await until('Redis to serve the route again', async () => {
      expect((await search(one, flight))[0]?.status).to.equal(FlightStatus.DIVERTED);
      return refilled();
    });
    expect((await search(other, flight))[0]?.status).to.equal(FlightStatus.DIVERTED);
  });

  it('serves what it has while the database is away', async () => {
    const flight = await storeFlight(bed.sql);
    await untilAnswered(hasty, flight, 'hit', 'stale');
    const stale = await readCounter(hasty, LOOKUPS, { result: 'stale' });
    await bed.database.shut();
    try {
      await until('a stale answer', async () => {
        const found = await search(hasty, flight).catch((error: unknown) => {
          expect(error).to.include({ reason: 'DATABASE_UNAVAILABLE' });
          return [];
        });
        const codes = found.map(({ flightCode }) => flightCode);
        return (
          codes[0] === flight.flightCode && (await readCounter(hasty, LOOKUPS, { result: 'stale' })) > stale
        );
      });
    } finally {
      await bed.database.open();
    }
  });
});
