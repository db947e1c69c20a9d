import { compareWarehouse, type Stack, startStack, until } from '@flight/local';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import type pg from 'pg';
import { connectAnalyst, connectOwner } from '../src/analyst.js';
import { type Customer, makeCustomer, signIn } from '../src/customer.js';
import { errorInfoOf } from '../src/error-info.js';
import { createEtlRuns, type EtlRuns } from '../src/etl-runs.js';
import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { type Answer, type Ask, createClient } from '../src/http-client.js';
import { type ReflectedClient, reflect } from '../src/reflected-client.js';
import { connect } from '../src/update-socket.js';

/** A run a second, on a machine that does other things, too. */
const LOADED_MS = 60_000;
const SUCCEEDED = 'ETL_RUN_STATE_SUCCEEDED';
const FAILED = 'ETL_RUN_STATE_FAILED';

describe('the data warehouse', function () {
  this.timeout(180_000);
  let stack: Stack;
  let ask: Ask;
  let alice: Customer;
  let bob: Customer;
  let analyst: pg.Client;
  let owner: pg.Client;
  let users: pg.Client;
  let etl: ReflectedClient;
  let runs: EtlRuns;
  /** What was booked first, for the tests that look at one row. */
  let bookingId: number;

  before(async () => {
    stack = await startStack({
      counts: { 'user-service': 1, 'booking-service': 1 },
      environment: { ...FAR_DEADLINES, ETL_SCHEDULE: '1s' },
    });
    ask = createClient(stack.edgeUrl);
    [analyst, owner, users] = await Promise.all([
      connectAnalyst(stack),
      connectOwner(stack, 'warehouse'),
      connectOwner(stack, 'user-db'),
    ]);
    await ask('GET', '/seed');
    alice = await makeCustomer(ask, 'alice');
    bob = await makeCustomer(ask, 'bob');
    const staff = await makeCustomer(ask, 'staff');
    await users.query(`update user_account set roles = '{staff}' where id = $1`, [staff.userId]);
    const { token } = await signIn(ask, staff.username, staff.password);
    const { grpcAddress } = stack.instances.find(({ service }) => service === 'etl-service') ?? expect.fail();
    etl = await reflect(grpcAddress ?? '');
    runs = createEtlRuns(etl, token);
    bookingId = await haveAnOrdinaryDay();
  });
  after(async () => {
    etl?.close();
    await Promise.all([analyst?.end(), owner?.end(), users?.end()]);
    await stack?.close();
  });

  /** Something of everything that the warehouse is about. Answers the first booking's id. */
  async function haveAnOrdinaryDay(): Promise<number> {
    const [first, second] = [await book(alice, 'FL001'), await book(alice, 'FL002')];
    await book(bob, 'FL001');
    await done(ask('DELETE', `/api/flight/cancel-booking/${second}`, alice));
    await done(ask('PATCH', '/api/flight/flights/FL001', { ...alice, json: { status: 'Delayed' } }));
    await book(bob, 'FL001');
    const socket = await connect(stack.edgeUrl, alice.token);
    for (const flight_code of ['FL001', 'FL002', 'FL003']) await socket.ask('subscribe', { flight_code });
    await socket.ask('unsubscribe', { flight_code: 'FL002' });
    await socket.ask('subscribe', { flight_code: 'FL002' });
    for (const update of ['Boarding', 'Gate closed'])
      await socket.ask('broadcast_update', { flight_code: 'FL001', update });
    await socket.close();
    // The change of status comes to user-service by itself, some time after it was answered.
    await until('all updates of FL001', async () => {
      const { rowCount } = await users.query(`select from flight_update where flight_code = 'FL001'`);
      return rowCount === 3;
    });
    return first;
  }

  async function done(asking: Promise<Answer>): Promise<Answer> {
    const answer = await asking;
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return answer;
  }

  async function book(customer: Customer, flightId: string): Promise<number> {
    const json = { flightId, paymentMethod: 'credit_card' };
    const { body } = await done(ask('POST', '/api/flight/book-flight', { ...customer, json }));
    return (body as { bookingId: number }).bookingId;
  }

  /** Waits until everything that was acknowledged before has been loaded. */
  async function untilLoaded(): Promise<void> {
    const { rows } = await owner.query<{ now: Date }>('select clock_timestamp() as now');
    await until(
      'the warehouse to have what was written',
      async () => {
        const fresh = await analyst.query('select from freshness where as_of > $1', [rows[0]?.now]);
        return fresh.rowCount === 2;
      },
      LOADED_MS,
    );
  }

  async function ask1<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
    const { rows } = await analyst.query<Row>(text, values);
    return rows;
  }

  it('has every row of its sources, as it is there, soon after it was written', async () => {
    await untilLoaded();
    const { rows, differences } = await compareWarehouse(stack);
    expect(differences).to.deep.equal([]);
    expect(rows).to.include({ fact_booking: 4, dim_user: 3, fact_subscription: 4 });
    // One status of one flight was changed.
    expect(rows.dim_flight).to.equal((rows['dim_flight, current'] ?? Number.NaN) + 1);
  });

  it('answers what analysts ask', async () => {
    // Of two days where it went on past midnight.
    const [days] = await ask1(
      'select sum(bookings)::int as bookings, sum(cancellations)::int as cancellations from bookings_by_day',
    );
    expect(days).to.deep.equal({ bookings: 4, cancellations: 1 });
    const flights = await ask1(
      `select flight_code, seats_sold::int, seats_total - seats_sold::int as free from load_factor_by_flight
       where flight_code in ('FL001', 'FL002') order by flight_code`,
    );
    const seats = flights.map(({ flight_code, seats_sold }) => [flight_code, seats_sold]);
    expect(seats).to.deep.equal([
      ['FL001', 3],
      ['FL002', 0],
    ]);
    const followed = await ask1(
      'select flight_code, subscribers::int, ended::int from subscriptions_by_flight order by flight_code',
    );
    expect(followed.map(Object.values)).to.deep.equal([
      ['FL001', 1, 0],
      ['FL002', 1, 1],
      ['FL003', 1, 0],
    ]);
    // Two that were broadcast, and the change of status.
    expect(await ask1('select flight_code, updates::int from updates_by_flight')).to.deep.equal([
      { flight_code: 'FL001', updates: 3 },
    ]);
  });

  it('tells bookings by the version of the flight that was on sale then', async () => {
    const sold = await ask1(
      `select f.version, f.status, count(*)::int from fact_booking b join dim_flight f using (flight_key)
       where f.flight_code = 'FL001' group by 1, 2 order by 1`,
    );
    expect(sold.map(Object.values)).to.deep.equal([
      [1, 'On Time', 2],
      [2, 'Delayed', 1],
    ]);
  });

  it('lets analysts write nothing and find nobody', async () => {
    for (const statement of [
      'delete from fact_booking',
      'update dim_flight set price = 0',
      'create table mine (n int)',
      'select * from user_identity',
      'select * from position',
      'select * from stage_booking',
      'select * from etl.run',
    ]) {
      await analyst.query('begin read write');
      const refused = await analyst.query(statement).then(
        () => 'carried out',
        (error: Error) => error.message,
      );
      await analyst.query('rollback');
      expect(refused, statement).to.match(/permission denied|does not exist/);
    }
    const readable = await ask1<{ relation: string }>(
      `select c.oid::regclass::text as relation from pg_class c
       where c.relnamespace = 'warehouse'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')
         and has_table_privilege(c.oid, 'select')`,
    );
    expect(readable.length).to.be.above(10);
    for (const { relation } of readable) {
      const text = JSON.stringify(await ask1(`select * from ${relation} limit 10000`));
      for (const person of [alice, bob]) expect(text, relation).not.to.include(person.username);
      expect(text, relation).not.to.match(/@example|"(user_id|username|email)"/);
    }
  });

  it('has runs that staff can look at, with what was counted on both sides', async () => {
    const loaded = (await runs.list()).find(
      ({ state, parts }) => state === SUCCEEDED && parts.some(({ rows }) => rows > 0),
    );
    if (loaded === undefined) return expect.fail('no run loaded anything');
    const run = await runs.get(loaded.id);
    expect(run).to.deep.equal(loaded);
    expect(run).to.include({ mode: 'ETL_MODE_INCREMENTAL', trigger: 'schedule' });
    expect(run.parts.map(({ source }) => source)).to.deep.equal(['booking-service', 'user-service']);
    const counts = run.parts.flatMap((part) => part.counts);
    expect(counts.map(({ name }) => name)).to.include.members([
      ...['flights', 'bookings', 'canceled_bookings', 'booked_amount', 'canceled_amount'],
      ...['users', 'subscriptions', 'flight_updates'],
    ]);
    for (const { name, source, warehouse } of counts) expect(warehouse, name).to.equal(source);
  });

  it('shows its runs to nobody else', async () => {
    const refusal = await createEtlRuns(etl, alice.token)
      .list()
      .then(
        () => expect.fail('was answered'),
        (error) => error,
      );
    expect(refusal.code).to.equal(status.PERMISSION_DENIED);
    expect(errorInfoOf(refusal)?.reason).to.equal('STAFF_ONLY');
  });

  it('is built anew when staff ask for it, while analysts read on', async () => {
    let over = false;
    const reading = (async () => {
      const seen = new Set<number>();
      while (!over)
        for (const { n } of await ask1('select count(*)::int as n from fact_booking')) seen.add(n);
      return [...seen];
    })();
    const run = await runs.carryOut('ETL_MODE_REBUILD').finally(() => {
      over = true;
    });
    expect(run).to.include({ state: SUCCEEDED, mode: 'ETL_MODE_REBUILD' });
    expect(await reading).to.deep.equal([4]);
    expect((await compareWarehouse(stack)).differences).to.deep.equal([]);
  });

  it('notices a row that is lost, names it, and has it again when it is built anew', async () => {
    await owner.query('delete from warehouse.fact_booking where booking_id = $1', [bookingId]);
    const { differences } = await compareWarehouse(stack);
    expect(differences).to.deep.equal([`fact_booking ${bookingId}: missing`]);
    await until(
      'a run that says so',
      async () => {
        const [last] = (await runs.list()).filter(({ state }) => state === FAILED);
        return (
          last?.parts.some(({ mismatches }) => mismatches.some((row) => row.includes(String(bookingId)))) ??
          false
        );
      },
      LOADED_MS,
    );
    const run = await runs.carryOut('ETL_MODE_REBUILD');
    expect(run.state).to.equal(SUCCEEDED);
    await untilLoaded();
    expect((await compareWarehouse(stack)).differences).to.deep.equal([]);
  });

  it('has the last state of a row, whichever of its transactions began first', async () => {
    const carol = await makeCustomer(ask, 'carol');
    const early = await connectOwner(stack, 'user-db');
    try {
      // Several times, for the two have to come in the same run to show in which order they are taken.
      for (const flightCode of ['EARLY1', 'EARLY2', 'EARLY3', 'EARLY4', 'EARLY5']) {
        await early.query('begin; select pg_current_xact_id()');
        await users.query(
          'insert into subscription (user_id, flight_code, created_at) values ($1, $2, clock_timestamp())',
          [carol.userId, flightCode],
        );
        await users.query(`update user_account set roles = '{staff}' where id = $1`, [carol.userId]);
        await early.query('delete from subscription where flight_code = $1', [flightCode]);
        await early.query(`update user_account set roles = '{}' where id = $1`, [carol.userId]);
        await early.query('commit');
      }
    } finally {
      await early.end();
    }
    await untilLoaded();
    expect((await compareWarehouse(stack)).differences).to.deep.equal([]);
  });

  it('goes on where it was when etl-service is killed', async () => {
    stack.kill('etl_service_1');
    await book(alice, 'FL003');
    await users.query('delete from user_account where id = $1', [bob.userId]);
    await untilLoaded();
    expect((await compareWarehouse(stack)).differences).to.deep.equal([]);
    expect(await ask1('select count(*)::int as n from dim_user where removed_at is not null')).to.deep.equal([
      { n: 1 },
    ]);
  });
});
