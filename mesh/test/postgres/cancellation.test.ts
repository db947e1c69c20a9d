import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { Client } from 'pg';
import type { Database, QueryOptions } from '../../src/postgres/database.js';
import type { MeshProcess } from '../../src/process.js';
import { openTestProcess } from '../support/test-process.js';

const SLEEP = { name: 'sleep', text: 'select pg_sleep(20)' };
const COMPUTE = { name: 'compute', text: 'select count(*) from generate_series(1, 2000000000)' };
const READ = { name: 'read', text: 'select id from item' };
const INSERT = { name: 'insert', text: 'insert into item values ($1)' };
/** A row of this table makes its commit wait for the advisory lock 1. */
const INSERT_SLOWLY = { name: 'insert_slowly', text: 'insert into slow_item values ($1)' };

const SCHEMA = `
  create table item (id int primary key);
  create table slow_item (id int primary key);
  create function wait_for_lock() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(1); return null; end';
  create constraint trigger slow after insert on slow_item deferrable initially deferred
    for each row execute function wait_for_lock();`;

/** How a statement loses its caller. */
type Leaving = (caller: AbortController) => QueryOptions;
const BY_CANCELLATION: Leaving = ({ signal }) => ({ deadline: Date.now() + 20_000, signal });

describe('a statement whose caller is gone', function () {
  this.timeout(60_000);
  let bed: TestBed;
  let process: MeshProcess;
  let database: Database;
  /** Looks on from outside. */
  let onlooker: Client;
  /** Holds locks. It can't look on meanwhile: in a transaction, pg_stat_activity stays what it was at first sight. */
  let holder: Client;

  before(async () => {
    bed = await openTestBed({ consul: true, postgres: true });
    const { service, name, user, password } = await bed.createDatabase('left');
    process = await openTestProcess({ consulUrl: bed.consulUrl, service: 'store', instance: 'leaver' });
    database = await process.openDatabase({ service, name, user, password, poolSize: 4 });
    const { host, port } = bed.postgres;
    const connection = { host, port, user, password, database: name };
    onlooker = new Client(connection);
    holder = new Client(connection);
    await Promise.all([onlooker.connect(), holder.connect()]);
    await onlooker.query(SCHEMA);
  });

  /** Nothing of an earlier test is still ending. */
  beforeEach(() => goneMs());

  after(async () => {
    await Promise.all([onlooker.end(), holder.end()]);
    await process.close();
    await bed.close();
  });

  /** What statements of the process under test are doing at the database. */
  async function running(): Promise<readonly { readonly waits: string | null }[]> {
    const { rows } = await onlooker.query(
      `select wait_event_type as waits from pg_stat_activity
        where application_name = 'leaver' and state = 'active'`,
    );
    return rows;
  }

  /** Milliseconds from now until the database carries nothing out for the process under test. */
  async function goneMs(): Promise<number> {
    const began = performance.now();
    while ((await running()).length > 0)
      if (performance.now() - began > 5000) throw new Error('the statement outlives its caller');
    return performance.now() - began;
  }

  /** Starts work, takes its caller away once it is under way, and measures; the best of a few, for the machine is shared. */
  async function lingeringMs(
    work: (options: QueryOptions) => Promise<unknown>,
    isUnderWay: (state: { readonly waits: string | null }) => boolean,
  ): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const caller = new AbortController();
      const outcome = work(BY_CANCELLATION(caller)).then(
        () => 'answered',
        (error: unknown) => error,
      );
      await until('the statement to run', async () => (await running()).some(isUnderWay));
      caller.abort(new Error('the caller left'));
      times.push(await goneMs());
      expect(await outcome).to.include({ message: 'the caller left' });
    }
    return Math.min(...times);
  }

  const always = () => true;
  const waitsForLock = ({ waits }: { readonly waits: string | null }) => waits === 'Lock';

  async function holding(lock: string, work: () => Promise<void>): Promise<void> {
    await holder.query('begin');
    await holder.query(lock);
    try {
      await work();
    } finally {
      await holder.query('rollback');
    }
  }

  const stored = async (table: string, id: number) =>
    (await onlooker.query(`select id from ${table} where id = $1`, [id])).rows.length === 1;

  it('ends within 50 ms when it sleeps', async () => {
    expect(await lingeringMs((options) => database.query(SLEEP, [], options), always)).to.be.below(50);
  });

  it('ends within 50 ms when it computes', async () => {
    expect(await lingeringMs((options) => database.query(COMPUTE, [], options), always)).to.be.below(50);
  });

  it('ends within 50 ms when it waits for a lock', async () => {
    await holding('lock table item in access exclusive mode', async () => {
      const read = (options: QueryOptions) => database.query(READ, [], options);
      expect(await lingeringMs(read, waitsForLock)).to.be.below(50);
    });
  });

  it('ends within 50 ms of the deadline', async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const deadline = Date.now() + 200;
      const outcome = database
        .query(SLEEP, [], { deadline, signal: AbortSignal.timeout(200) })
        .catch((error: unknown) => error);
      await until('the statement to run', async () => (await running()).length === 1);
      expect(await outcome).to.include({ name: 'TimeoutError' });
      await goneMs();
      times.push(Date.now() - deadline);
    }
    expect(Math.min(...times)).to.be.below(50);
  });

  it('ends within 50 ms inside a transaction, which is rolled back', async () => {
    const work = (options: QueryOptions) =>
      database.transaction(async (transaction) => {
        await transaction.query(INSERT, [1]);
        await transaction.query(SLEEP, []);
      }, options);
    expect(await lingeringMs(work, ({ waits }) => waits === 'Timeout')).to.be.below(50);
    expect(await stored('item', 1)).to.equal(false);
  });

  it('never begins when the caller left while it waited for a connection', async () => {
    const busy = new AbortController();
    const sleeping = [1, 2, 3, 4].map(() => database.query(SLEEP, [], BY_CANCELLATION(busy)).catch(always));
    await until('all connections to be lent', async () => (await running()).length === 4);
    const caller = new AbortController();
    const insert = database
      .query(INSERT, [2], { ...BY_CANCELLATION(caller), commit: true })
      .catch((error: Error) => error.message);
    caller.abort(new Error('the caller left'));
    expect(await insert).to.equal('the caller left');
    busy.abort(new Error('enough'));
    await Promise.all(sleeping);
    await database.query(READ, [], BY_CANCELLATION(new AbortController()));
    expect(await stored('item', 2)).to.equal(false);
  });

  it('is carried out all the same when it commits', async () => {
    const caller = new AbortController();
    let insert: Promise<unknown> | undefined;
    await holding('lock table item in access exclusive mode', async () => {
      insert = database
        .query(INSERT, [3], { ...BY_CANCELLATION(caller), commit: true })
        .catch((error: Error) => error.message);
      await until('the insert to wait', async () => (await running()).some(waitsForLock));
      caller.abort(new Error('the caller left'));
      expect(await insert).to.equal('the caller left');
      await stillThere();
    });
    await until('the insert to be done', () => stored('item', 3));
  });

  it('is carried out all the same when it is a commit in doubt', async () => {
    const caller = new AbortController();
    await holding('select pg_advisory_xact_lock(1)', async () => {
      const work = database
        .transaction((transaction) => transaction.query(INSERT_SLOWLY, [4]), BY_CANCELLATION(caller))
        .catch((error: Error) => error.message);
      await until('the commit to wait', async () => (await running()).some(waitsForLock));
      caller.abort(new Error('the caller left'));
      expect(await work).to.equal('the caller left');
      await stillThere();
    });
    await until('the commit to be done', () => stored('slow_item', 4));
  });

  /** Looks so often that a statement that is to be ended would have been. */
  async function stillThere(): Promise<void> {
    for (const began = Date.now(); Date.now() - began < 200; ) expect(await running()).to.have.length(1);
  }
});
