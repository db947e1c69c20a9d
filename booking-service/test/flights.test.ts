import { FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('FlightService', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instances: readonly [Instance, Instance, Instance];
  let flights: Instance['flights'];

  before(async () => {
    bed = await openBookingBed();
    // All three migrate the same empty database at once.
    instances = await Promise.all([bed.start(), bed.start(), bed.start({ policy: 'strict' })]);
    [{ flights }] = instances;
  });
  after(() => bed.close());

  const search = (fromCity: string, toCity: string, pageSize = 0, pageToken = '') =>
    flights.searchFlights({ fromCity, toCity, pageSize, pageToken });

  describe('SeedFlights', () => {
    it('adds the default flights once, although three instances are asked at the same time', async () => {
      const asked = instances.map((instance) => instance.flights.seedFlights({ requestId: '' }));
      const added = (await Promise.all(asked)).map(({ flightsAdded }) => flightsAdded);
      expect(added.sort((a, b) => a - b)).to.deep.equal([0, 0, 11]);
    });

    it('adds nothing when there are flights', async () => {
      expect(await flights.seedFlights({ requestId: 'again' })).to.deep.equal({ flightsAdded: 0 });
    });

    it('adds the documented flights', async () => {
      const { rows } = await bed.sql.query(
        `select concat_ws(' ', flight_code, airline, to_char(departure, 'YYYY-MM-DD HH24:MI'), to_char(arrival, 'HH24:MI'),
                          price, status, to_city) as line, from_city, seats_total, seats_left
           from flight order by flight_code`,
      );
      expect(rows.map(({ line }) => line)).to.deep.equal([
        'FL001 WizzAir 2024-10-01 10:00 12:00 200 On Time London',
        'FL002 FlyOne 2024-10-02 15:00 17:00 180 On Time London',
        'FL003 WizzAir 2024-10-03 09:00 11:00 220 On Time Berlin',
        'FL004 Air Moldova 2024-10-05 12:30 14:30 250 Delayed Paris',
        'FL005 Japan Airlines 2024-10-06 07:45 17:55 600 On Time Japan',
        'FL006 Ryanair 2024-10-07 17:00 19:00 150 Cancelled London',
        'FL007 FlyOne 2024-10-08 22:00 00:30 230 On Time Rome',
        'FL008 WizzAir 2024-10-09 16:15 18:00 210 On Time Berlin',
        'FL009 EasyJet 2024-10-10 10:00 12:30 190 On Time Paris',
        'FL010 Air Moldova 2024-10-11 05:30 07:30 270 On Time Berlin',
        'FL012 Turkish Airlines 2024-10-13 18:45 21:00 250 On Time Istanbul',
      ]);
      for (const row of rows) {
        expect(row).to.include({ from_city: 'Chisinau', seats_total: 180, seats_left: 180 });
      }
    });
  });

  describe('SearchFlights', () => {
    it('lists the flights of a route by departure, whatever the case and the blanks of the cities', async () => {
      const { flights: found, nextPageToken } = await search('  cHISINAU ', 'LONDON');
      expect(nextPageToken).to.equal('');
      expect(found.map(({ flightCode }) => flightCode)).to.deep.equal(['FL001', 'FL002', 'FL006']);
      expect(found[0]).to.deep.equal({
        flightCode: 'FL001',
        airline: 'WizzAir',
        departure: '2024-10-01 10:00',
        arrival: '2024-10-01 12:00',
        fromCity: 'Chisinau',
        toCity: 'London',
        price: 200,
        status: FlightStatus.ON_TIME,
        seatsTotal: 0,
        seatsLeft: 0,
      });
    });

    it('knows cities by their letters, however these are coded', async () => {
      await storeFlight(bed.sql, { flightCode: 'CITY1', fromCity: 'Chișinău', toCity: 'São Paulo' });
      const { flights: found } = await search('CHIȘINĂU'.normalize('NFD'), 'são  paulo');
      expect(found.map(({ flightCode }) => flightCode)).to.deep.equal(['CITY1']);
    });

    it('answers an empty list for a route without flights', async () => {
      expect(await search('London', 'Chisinau')).to.deep.equal({ flights: [], nextPageToken: '' });
    });

    it('pages through a route without losing or repeating a flight', async () => {
      const departures = ['2025-01-01 10:00', '2025-01-01 10:00', '2025-01-02 09:00', '2025-01-03 08:00'];
      for (const [i, departure] of departures.entries()) {
        await storeFlight(bed.sql, { flightCode: `PAGE${i}`, fromCity: 'Page', toCity: 'Turner', departure });
      }
      const first = await search('Page', 'Turner', 1);
      const second = await search('Page', 'Turner', 2, first.nextPageToken);
      const third = await search('Page', 'Turner', 2, second.nextPageToken);
      const pages = [first, second, third].map((page) => page.flights.map(({ flightCode }) => flightCode));
      expect(pages).to.deep.equal([['PAGE0'], ['PAGE1', 'PAGE2'], ['PAGE3']]);
      expect(third.nextPageToken).to.equal('');
    });

    it('pages beyond what is cached of a very long route', async () => {
      await bed.sql.query(
        `insert into flight (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                             price, status, seats_total, seats_left, created_at, updated_at)
         select 'LONG' || lpad(i::text, 4, '0'), 'A', '2025-01-01', '2025-01-02', 'Long', 'Way', 'long', 'way',
                1, 'On Time', 1, 1, now(), now()
           from generate_series(1, 1105) i`,
      );
      const codes: string[] = [];
      let pageToken = '';
      do {
        const page = await search('long', 'way', 500, pageToken);
        codes.push(...page.flights.map(({ flightCode }) => flightCode));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(codes).to.have.length(1105);
      expect(new Set(codes)).to.have.length(1105);
      expect(codes).to.deep.equal([...codes].sort());
    });

    it('refuses the page token of another route, and one that was changed', async () => {
      const { nextPageToken } = await search('Chisinau', 'London', 1);
      const changed = `${nextPageToken.slice(0, -2)}AA`;
      const refusals = await Promise.all([
        refusalOf(search('Chisinau', 'Berlin', 1, nextPageToken)),
        refusalOf(search('Chisinau', 'London', 1, changed)),
        refusalOf(search('Chisinau', 'London', 1, 'nonsense')),
      ]);
      for (const fault of refusals) {
        expect(fault).to.include({ kind: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN' });
      }
    });

    it('names the field that is missing or too big', async () => {
      const fieldOf = async (call: Promise<unknown>) => {
        const { reason, facts } = await refusalOf(call);
        return [reason, facts.field];
      };
      expect(await fieldOf(search(' ', 'London'))).to.deep.equal(['INVALID_FIELD', 'from_city']);
      expect(await fieldOf(search('Chisinau', ''))).to.deep.equal(['INVALID_FIELD', 'to_city']);
      expect(await fieldOf(search('Chisinau', 'x'.repeat(101)))).to.deep.equal(['INVALID_FIELD', 'to_city']);
      expect(await fieldOf(search('a', 'b', 1001))).to.deep.equal(['INVALID_FIELD', 'page_size']);
      expect(await fieldOf(search('a', 'b', -1))).to.deep.equal(['INVALID_FIELD', 'page_size']);
    });
  });

  describe('GetFlight', () => {
    it('answers a flight with its seats, whatever the case of the code', async () => {
      const { flight } = await flights.getFlight({ flightCode: 'fl007' });
      expect(flight).to.deep.equal({
        flightCode: 'FL007',
        airline: 'FlyOne',
        departure: '2024-10-08 22:00',
        arrival: '2024-10-09 00:30',
        fromCity: 'Chisinau',
        toCity: 'Rome',
        price: 230,
        status: FlightStatus.ON_TIME,
        seatsTotal: 180,
        seatsLeft: 180,
      });
    });

    it('says so when there is no such flight, or the code can be none', async () => {
      for (const flightCode of ['FL404', '!', 'WAYTOOLONGFORACODE', 'FLß']) {
        const fault = await refusalOf(flights.getFlight({ flightCode }));
        expect(fault).to.include({
          kind: 'not_found',
          reason: 'FLIGHT_NOT_FOUND',
          message: 'Flight not found',
        });
        expect(fault.facts).to.deep.equal({ flight_code: flightCode.slice(0, 10) });
      }
    });

    it('asks for the code when it is missing', async () => {
      const fault = await refusalOf(flights.getFlight({ flightCode: '' }));
      expect(fault).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
      expect(fault.facts).to.deep.equal({ field: 'flight_code' });
    });
  });

  describe('SetFlightStatus', () => {
    const boarding = { flightCode: 'fl001', status: FlightStatus.BOARDING, requestId: '' };

    it('changes the status for anybody who is signed in, and again for a repeat', async () => {
      const token = await bed.keys.sign(1);
      for (const _ of ['first', 'repeat']) {
        const { flight } = await flights.setFlightStatus(boarding, { token });
        expect(flight).to.include({ flightCode: 'FL001', status: FlightStatus.BOARDING });
      }
      const { flight } = await flights.getFlight({ flightCode: 'FL001' });
      expect(flight?.status).to.equal(FlightStatus.BOARDING);
    });

    it('knows every status', async () => {
      const token = await bed.keys.sign(1);
      const { UNSPECIFIED: _, UNRECOGNIZED: __, ...statuses } = FlightStatus;
      await storeFlight(bed.sql, { flightCode: 'STATUS' });
      for (const status of Object.values(statuses)) {
        await flights.setFlightStatus({ flightCode: 'STATUS', status, requestId: '' }, { token });
        expect((await flights.getFlight({ flightCode: 'STATUS' })).flight?.status).to.equal(status);
      }
    });

    it('is for staff under the strict policy', async () => {
      const strict = instances[2].flights;
      const fault = await refusalOf(strict.setFlightStatus(boarding, { token: await bed.keys.sign(1) }));
      expect(fault).to.include({ kind: 'permission_denied', reason: 'STAFF_ONLY' });
      const token = await bed.keys.sign(2, { roles: ['staff'] });
      expect((await strict.setFlightStatus(boarding, { token })).flight?.flightCode).to.equal('FL001');
    });

    it('refuses a status that is not said, an unknown flight, and a caller without a token', async () => {
      const token = await bed.keys.sign(1);
      const unsaid = { ...boarding, status: FlightStatus.UNSPECIFIED };
      expect((await refusalOf(flights.setFlightStatus(unsaid, { token }))).facts).to.deep.equal({
        field: 'status',
      });
      const unknown = { ...boarding, flightCode: 'FL404' };
      expect(await refusalOf(flights.setFlightStatus(unknown, { token }))).to.include({
        reason: 'FLIGHT_NOT_FOUND',
      });
      expect(await refusalOf(flights.setFlightStatus(boarding))).to.include({ reason: 'TOKEN_MISSING' });
    });
  });
});
