import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { FlightStatus } from '@flight/proto/booking';
import { expect } from 'chai';
import { fromWireFlightStatus } from '../src/api/wire.js';
import { FLIGHT_STATUSES } from '../src/domain/flight.js';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { storeFlight } from './support/flights.js';
import { readCounter } from './support/metrics.js';

const EVENTS = 'booking_status_events';
const DELIVERIES = 'booking_status_deliveries_total';

const { UNSPECIFIED: _, UNRECOGNIZED: __, ...KNOWN } = FlightStatus;
/** Every status, none twice. */
const STATUSES = Object.values(KNOWN);

describe('the news of a changed status', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instances: readonly [Instance, Instance, Instance];
  let token: string;

  before(async () => {
    bed = await openBookingBed();
    instances = await Promise.all([bed.start(), bed.start(), bed.start()]);
    token = await bed.keys.sign(1);
  });
  afterEach(() => bed.updates.answerAtOnce());
  after(() => bed.close());

  async function set(instance: Instance, flightCode: string, status: FlightStatus): Promise<void> {
    await instance.flights.setFlightStatus({ flightCode, status, requestId: '' }, { token });
  }

  async function setAll(instance: Instance, flightCode: string, statuses: readonly FlightStatus[]) {
    for (const status of statuses) await set(instance, flightCode, status);
  }

  const textOf = (status: FlightStatus) => `Flight status changed to ${fromWireFlightStatus(status)}`;
  const callsFor = (code: string) => bed.updates.calls.filter(({ flightCode }) => flightCode === code);
  const untilTold = (code: string, count: number) =>
    until(`${count} updates of ${code}`, () => bed.updates.textsOf(code).length >= count);

  /** Deliveries that failed so far: each is made again, under the same request id. */
  async function countFailures(): Promise<number> {
    const failed = { outcome: 'failed' };
    const each = await Promise.all(instances.map((one) => readCounter(one, DELIVERIES, failed)));
    return each.reduce((sum, count) => sum + count, 0);
  }

  async function countEvents(): Promise<number> {
    const { rows } = await bed.sql.query<{ waiting: number }>(
      'select count(*)::int as waiting from flight_status_event where parked_at is null',
    );
    return rows[0]?.waiting ?? Number.NaN;
  }

  const untilEmpty = () => until('an empty outbox', async () => (await countEvents()) === 0);

  it('is told once, in the words of the status, in the order of the changes', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Cancelled' });
    const failures = await countFailures();
    await setAll(instances[0], flightCode, STATUSES);
    await untilTold(flightCode, STATUSES.length);
    await untilEmpty();
    expect(bed.updates.textsOf(flightCode)).to.deep.equal(
      FLIGHT_STATUSES.map((status) => `Flight status changed to ${status}`),
    );
    const ids = callsFor(flightCode).map(({ requestId }) => requestId);
    expect(new Set(ids)).to.have.length(STATUSES.length);
    if ((await countFailures()) === failures) expect(ids).to.have.length(STATUSES.length);
    for (const id of ids) expect(id).to.match(/^flight-status:\d+$/);
  });

  it('is none when the status was the same, or the flight is not known', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Delayed' });
    await set(instances[0], flightCode, FlightStatus.DELAYED);
    await set(instances[0], 'NONE404', FlightStatus.DELAYED).catch(() => undefined);
    await set(instances[0], flightCode, FlightStatus.BOARDING);
    await untilTold(flightCode, 1);
    await untilEmpty();
    expect(bed.updates.textsOf(flightCode)).to.deep.equal([textOf(FlightStatus.BOARDING)]);
    expect(callsFor('NONE404')).to.deep.equal([]);
  });

  it('is one for each change when many callers change the flight at the same time', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'On Time' });
    const wishes = Array.from({ length: 60 }, (_, i) => STATUSES[i % 3] ?? FlightStatus.DELAYED);
    await Promise.all(wishes.map((status, i) => set(instances[i % 3] ?? instances[0], flightCode, status)));
    await untilEmpty();
    const told = bed.updates.textsOf(flightCode);
    for (const [i, text] of told.entries()) expect(text).to.not.equal(told[i - 1]);
    const { flight } = await instances[0].flights.getFlight({ flightCode });
    expect(told.at(-1)).to.equal(textOf(flight?.status ?? FlightStatus.UNSPECIFIED));
    expect(told[0]).to.not.equal(textOf(FlightStatus.ON_TIME));
  });

  it('is told once each although three instances change flights and tell of them', async () => {
    const flights = await Promise.all(Array.from({ length: 30 }, () => storeFlight(bed.sql)));
    const before = bed.updates.calls.length;
    const failures = await countFailures();
    const changes = STATUSES.filter((status) => status !== FlightStatus.ON_TIME);
    await Promise.all(
      flights.map(({ flightCode }, i) => setAll(instances[i % 3] ?? instances[0], flightCode, changes)),
    );
    await untilEmpty();
    for (const { flightCode } of flights)
      expect(bed.updates.textsOf(flightCode)).to.deep.equal(changes.map(textOf));
    const calls = bed.updates.calls.slice(before).map(({ requestId }) => requestId);
    expect(new Set(calls)).to.have.length(flights.length * changes.length);
    if ((await countFailures()) === failures) expect(calls).to.have.length(flights.length * changes.length);
  });

  it('waits for user-service when it is away, and keeps its order', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Cancelled' });
    const before = await countFailures();
    await bed.stopUsers();
    await setAll(instances[0], flightCode, STATUSES.slice(0, 4));
    await setAll(instances[1], flightCode, STATUSES.slice(4, 8));
    await until('a delivery that fails', async () => (await countFailures()) > before);
    await until(
      'the waiting news on /metrics',
      async () => (await readCounter(instances[2], EVENTS, { state: 'waiting' })) === 8,
    );
    expect(bed.updates.textsOf(flightCode)).to.deep.equal([]);
    await bed.startUsers();
    await untilTold(flightCode, 8);
    await untilEmpty();
    expect(bed.updates.textsOf(flightCode)).to.deep.equal(STATUSES.slice(0, 8).map(textOf));
  });

  it('is told again under the same request id when the relay could not note that it was told', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Cancelled' });
    let cut = false;
    bed.updates.beforeAnswer(async (request) => {
      if (cut || request.flightCode !== flightCode) return;
      cut = true;
      // As if the relay died here: user-service has the news, and the relay's transaction is rolled back.
      await bed.database.shut();
      await bed.database.open();
    });
    await set(instances[0], flightCode, FlightStatus.DELAYED);
    await until('a second telling', () => callsFor(flightCode).length >= 2);
    await untilEmpty();
    const [first, ...again] = callsFor(flightCode);
    for (const call of again) expect(call).to.deep.equal(first);
    await set(instances[0], flightCode, FlightStatus.BOARDING);
    await untilTold(flightCode, 2);
    const told = [FlightStatus.DELAYED, FlightStatus.BOARDING].map(textOf);
    expect(bed.updates.textsOf(flightCode)).to.deep.equal(told);
  });

  it('is parked when user-service refuses it for good, and holds nothing else up', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Cancelled' });
    bed.updates.refuse(flightCode, new Fault('invalid_argument', 'INVALID_FIELD', 'Not like this'));
    await set(instances[0], flightCode, FlightStatus.DELAYED);
    await until('the refusal', () => callsFor(flightCode).length > 0);
    await untilEmpty();
    bed.updates.refuse(flightCode);
    await set(instances[0], flightCode, FlightStatus.BOARDING);
    await untilTold(flightCode, 1);
    await untilEmpty();
    expect(bed.updates.textsOf(flightCode)).to.deep.equal([textOf(FlightStatus.BOARDING)]);
    const { rows } = await bed.sql.query(
      'select flight_code, status, parked_reason from flight_status_event where parked_at is not null',
    );
    const reason = 'INVALID_FIELD: Not like this';
    expect(rows).to.deep.equal([{ flight_code: flightCode, status: 'Delayed', parked_reason: reason }]);
  });

  it('of one flight that user-service can’t take does not hold up that of others', async () => {
    const { flightCode: stuck } = await storeFlight(bed.sql, { status: 'Cancelled' });
    const { flightCode: other } = await storeFlight(bed.sql, { status: 'Cancelled' });
    bed.updates.refuse(stuck, new Fault('internal', 'INTERNAL', 'An error occurred'));
    await setAll(instances[0], stuck, [FlightStatus.DELAYED, FlightStatus.BOARDING]);
    await until('a failure', () => callsFor(stuck).length > 0);
    await setAll(instances[1], other, [FlightStatus.DELAYED, FlightStatus.BOARDING, FlightStatus.DEPARTED]);
    await untilTold(other, 3);
    expect(bed.updates.textsOf(stuck)).to.deep.equal([]);
    bed.updates.refuse(stuck);
    await untilTold(stuck, 2);
    const told = [FlightStatus.DELAYED, FlightStatus.BOARDING].map(textOf);
    expect(bed.updates.textsOf(stuck)).to.deep.equal(told);
  });

  it('takes the route’s listing out of the cache, also of a change whose instance died before it could', async () => {
    const flight = await storeFlight(bed.sql, { status: 'On Time' });
    const { flightCode, fromCity, toCity } = flight;
    const search = async () => {
      const { flights } = await instances[1].flights.searchFlights({
        fromCity,
        toCity,
        pageSize: 0,
        pageToken: '',
      });
      return flights[0]?.status;
    };
    await search();
    // What a caller leaves behind who dies right after his statement: the change and its event, nothing else.
    await bed.sql.query(
      `with changed as (update flight set status = 'Delayed' where flight_code = $1 returning flight_code)
       insert into flight_status_event (flight_code, status, created_at) select flight_code, 'Delayed', now() from changed`,
      [flightCode],
    );
    await untilTold(flightCode, 1);
    expect(await search()).to.equal(FlightStatus.DELAYED);
  });

  it('stays in the outbox when the instance stops in the middle of it, and another one tells it', async () => {
    const { flightCode } = await storeFlight(bed.sql, { status: 'Cancelled' });
    const short = await bed.start();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bed.updates.beforeAnswer((request) => (request.flightCode === flightCode ? held : Promise.resolve()));
    await set(short, flightCode, FlightStatus.DELAYED);
    await until('the first telling', () => callsFor(flightCode).length > 0);
    await short.close();
    release();
    await untilEmpty();
    expect(bed.updates.textsOf(flightCode)).to.deep.equal([textOf(FlightStatus.DELAYED)]);
  });
});
