import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTestBed, type TestBed, type TestDatabase, until } from '@flight/local';
import { expect } from 'chai';
import pg from 'pg';
import { findLongestGapMs, findLost } from '../src/drills/data/acknowledged.js';
import { bookBroken } from '../src/drills/data/broken-bookings.js';
import { COLUMNS, readContext } from '../src/drills/data/context.js';
import { createKiller } from '../src/drills/data/killer.js';
import { sellReadThenWrite } from '../src/drills/data/read-then-write.js';
import { openRestClient, type RestClient } from '../src/drills/data/rest-client.js';
import { DRILLS } from '../src/drills/data/rows.js';
import { sampleSeats } from '../src/drills/data/seat-samples.js';
import { toOutcome } from '../src/drills/drill.js';
import { toVerdictTable } from '../src/drills/results.js';

describe('the drills of the data', () => {
  it('have a name each that no other has', () => {
    expect(new Set(DRILLS.map(({ name }) => name)).size).to.equal(DRILLS.length);
  });

  it('take their size from the environment and refuse nonsense', () => {
    const silent = () => undefined;
    expect(readContext({}, silent)).to.include({ bookers: 10_000, rounds: 1000, freezeSeconds: 60 });
    expect(readContext({ DRILL_BOOKERS: '200', DRILL_ROUNDS: '20' }, silent)).to.include({
      bookers: 200,
      rounds: 20,
    });
    expect(() => readContext({ DRILL_ROUNDS: '1.5' }, silent)).to.throw(/DRILL_ROUNDS/);
  });

  it('show figures of their columns once, and the others beside them', () => {
    const outcome = toOutcome({ 'gap ms': 4321, lost: 0, rounds: 7 }, 'none', []);
    const verdict = { drill: { name: 'storm', demand: 'calm' }, kind: 'carried-out', outcome } as const;
    const [heading = '', row = ''] = toVerdictTable([verdict], COLUMNS).split('\n');
    expect(heading).to.match(
      /^row +demand +gap ms +acknowledged +lost +reads failed +longest read ms +measured/,
    );
    expect(row).to.match(/^storm +calm +4321 +0 +rounds 7 +none +kept *$/);
  });
});

describe('the gap between acknowledged writes', () => {
  const writes = [100, 200, 900, 1000].map((atMs) => ({ what: `${atMs}`, atMs }));

  it('is the longest time without one', () => {
    expect(findLongestGapMs(writes, 150, 1001)).to.equal(700);
  });

  it('counts the time before the first one and after the last one', () => {
    expect(findLongestGapMs(writes, -1000, 1001)).to.equal(1100);
    expect(findLongestGapMs(writes, 0, 5000)).to.equal(4000);
    expect(findLongestGapMs([], 0, 5000)).to.equal(5000);
  });

  it('does not depend on the order in which they were noted', () => {
    expect(findLongestGapMs([...writes].reverse(), 150, 1001)).to.equal(700);
  });

  it('goes with the writes that are gone', () => {
    expect(findLost(writes, new Set(['100', '900', 'a stranger']))).to.deep.equal(['200', '1000']);
  });
});

describe('a killer of processes', () => {
  it('kills in turn, and nothing while the one before is not back', async () => {
    const log: string[] = [];
    const restarts: (() => void)[] = [];
    const stack = {
      kill: (id: string) => void log.push(id),
      restart: () => new Promise<void>((resolve) => restarts.push(resolve)),
    };
    const killer = createKiller(stack, ['one', 'two']);
    const kill = await killer.next();
    let second = false;
    const next = killer.next().then((strike) => {
      second = true;
      strike();
    });
    kill();
    await until('a restart', () => restarts.length === 1);
    expect([log, second]).to.deep.equal([['one'], false]);
    restarts[0]?.();
    await next;
    await until('another restart', () => restarts.length === 2);
    restarts[1]?.();
    await killer.settled();
    expect([log, killer.kills]).to.deep.equal([['one', 'two'], 2]);
  });
});

describe('a booking that is broken off', () => {
  let answers: (readonly [status: number, body: object, headers?: Record<string, string>])[];
  let keys: (string | undefined)[];
  let client: RestClient;
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'] as string | undefined);
    const [status, body, headers] = answers.shift() ?? [500, {}];
    // 0 is a client's own affair: it is never answered.
    if (status > 0) response.writeHead(status, headers).end(JSON.stringify(body));
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = openRestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  beforeEach(() => {
    keys = [];
  });

  after(() => {
    client.close();
    server.close();
  });

  const order = { token: 'token', flightId: 'FL001', key: 'a-key' };

  it('is repeated with its key until it is answered, and once more', async () => {
    const booked = [201, { bookingId: 7 }, { 'idempotency-replayed': 'true' }] as const;
    answers = [[0, {}], [409, {}], [503, {}], booked, booked];
    const after = () => until('the first try to arrive', () => keys.length === 1);
    const booking = await bookBroken([client], order, { kind: 'abort', after });
    expect(booking).to.deep.equal({ bookingIds: [7, 7], broken: true, doneUnheard: true, odd: [] });
    expect(keys).to.deep.equal(Array.from({ length: 5 }, () => 'a-key'));
  });

  it('tells of answers that nobody should get', async () => {
    answers = [
      [504, {}],
      [500, { message: 'oops' }],
      [201, { bookingId: 8 }],
    ];
    const booking = await bookBroken([client], { ...order, key: undefined }, { kind: 'timeout', afterMs: 1 });
    expect(booking).to.deep.equal({
      bookingIds: [8],
      broken: true,
      doneUnheard: false,
      odd: ['500 {"message":"oops"}'],
    });
    expect(keys).to.deep.equal([undefined, undefined, undefined]);
  });
});

describe('seats that are sold', () => {
  let bed: TestBed;
  let database: TestDatabase;
  const toConfig = (): pg.ClientConfig => {
    const { host, port } = bed.postgres;
    return { host, port, database: database.name, user: database.user, password: database.password };
  };

  before(async () => {
    bed = await openTestBed({ postgres: true });
    database = await bed.createDatabase('seats');
  });

  after(() => bed.close());

  it('are oversold by reading, then writing', async () => {
    expect(await sellReadThenWrite(toConfig(), 20)).to.be.greaterThan(20);
  });

  it('are looked at until the last one is gone, and a disagreement is seen', async () => {
    const [selling, looking] = [new pg.Client(toConfig()), new pg.Client(toConfig())];
    await Promise.all([selling.connect(), looking.connect()]);
    await selling.query(`
      create table flight (id int, flight_code text, seats_total int, seats_left int);
      create table booking (flight_id int, status text);
      insert into flight values (1, 'FL001', 2, 1);
      insert into booking values (1, 'Confirmed')`);
    const sampling = sampleSeats(looking, 'FL001');
    // It rests after each look.
    const hasLooked = `select from pg_stat_activity where query like 'do $$%' and wait_event = 'PgSleep'`;
    await until('a look', async () => (await selling.query(hasLooked)).rowCount === 1);
    await selling.query('update flight set seats_left = 0');
    const { samples, between, disagreeing } = await sampling;
    await Promise.all([selling.end(), looking.end()]);
    expect(between).to.be.greaterThan(0);
    expect(disagreeing).to.equal(100);
    expect(samples).to.equal(between + disagreeing);
  });
});
