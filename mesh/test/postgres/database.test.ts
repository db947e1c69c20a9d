import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import type { Database, QueryOptions } from '../../src/postgres/database.js';
import type { MeshProcess } from '../../src/process.js';
import { faultOf } from '../support/fault-of.js';
import { deregister, registerUnchecked } from '../support/register-unchecked.js';
import { openTestProcess } from '../support/test-process.js';

const ONE = { name: 'one', text: 'select $1::int8 as value' };
const SLOW = { name: 'slow', text: 'select pg_sleep($1)' };
const RUNNING = {
  name: 'running',
  text: `select count(*) as value from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`,
};

/** As long as an answer that is to come may take on a busy machine, in milliseconds. */
const SOON_MS = 10_000;

/** A call that may take so long. */
function within(ms: number): QueryOptions {
  return { deadline: Date.now() + ms, signal: AbortSignal.timeout(ms) };
}

describe('a database found through Consul', function () {
  this.timeout(30_000);
  let bed: TestBed;
  let folder: string;
  let processes: MeshProcess[] = [];

  before(async () => {
    bed = await openTestBed({ consul: true, postgres: true });
    folder = await mkdtemp(join(tmpdir(), 'migrations-'));
    await writeFile(
      join(folder, '001.do.item.sql'),
      'create table item (id int primary key); insert into item values (1);',
    );
  });

  afterEach(async () => {
    await Promise.all(processes.map((process) => process.close()));
    processes = [];
  });

  after(async () => {
    await rm(folder, { recursive: true });
    await bed.close();
  });

  async function open(
    migrations?: URL,
    given?: Awaited<ReturnType<TestBed['createDatabase']>>,
  ): Promise<Database> {
    const { service, name, user, password } = given ?? (await bed.createDatabase('mesh'));
    const instance = `process_${processes.length}`;
    const process = await openTestProcess({ consulUrl: bed.consulUrl, service: 'store', instance });
    processes.push(process);
    return process.openDatabase({ service, name, user, password, poolSize: 4 }, migrations);
  }

  it('answers statements, ids as numbers', async () => {
    const database = await open();
    expect(await database.query(ONE, [42], within(SOON_MS))).to.deep.equal([{ value: 42 }]);
  });

  it('applies migrations once when five processes start at the same time', async () => {
    const given = await bed.createDatabase('mesh');
    const url = pathToFileURL(`${folder}/`);
    const [database] = await Promise.all([1, 2, 3, 4, 5].map(() => open(url, given)));
    const rows = await database?.query({ name: 'items', text: 'select id from item' }, [], within(SOON_MS));
    expect(rows).to.deep.equal([{ id: 1 }]);
  });

  it('stops waiting at the deadline and leaves no statement running', async () => {
    const database = await open();
    const began = Date.now();
    const outcome = database.query(SLOW, [20], within(200)).catch((error: unknown) => error);
    await outcome;
    expect(Date.now() - began).to.be.below(5000);
    await until('the statement to be ended', async () => {
      const [row] = await database.query<{ value: number }>(RUNNING, [], within(SOON_MS));
      return row?.value === 0;
    });
  });

  it('lets a write finish that nobody waits for any more', async () => {
    const database = await open();
    await database.query({ name: 'table', text: 'create table written (id int)' }, [], within(SOON_MS));
    const write = {
      name: 'write',
      text: 'with nap as (select pg_sleep(1)) insert into written select 1 from nap',
    };
    await database.query(write, [], { ...within(300), commit: true }).catch(() => undefined);
    const count = { name: 'written', text: 'select id from written' };
    await until(
      'the write to be done',
      async () => (await database.query(count, [], within(SOON_MS))).length === 1,
    );
  });

  it('rolls a transaction back when its work throws', async () => {
    const database = await open();
    await database.query({ name: 'table', text: 'create table kept (id int)' }, [], within(SOON_MS));
    const work = database.transaction(async (transaction) => {
      await transaction.query({ name: 'insert', text: 'insert into kept values (1)' }, []);
      throw new Error('changed my mind');
    }, within(SOON_MS));
    expect(await work.catch((error: Error) => error.message)).to.equal('changed my mind');
    expect(
      await database.query({ name: 'kept', text: 'select id from kept' }, [], within(SOON_MS)),
    ).to.deep.equal([]);
  });

  it('leaves what the database says of a statement to the store', async () => {
    const database = await open();
    const error = await database
      .query({ name: 'bad', text: 'select 1/0' }, [], within(SOON_MS))
      .catch((thrown: unknown) => thrown);
    expect(error).to.deep.include({ code: '22012' });
  });

  it('survives broken connections: the next statement gets a new one', async () => {
    const database = await open();
    await database.query(ONE, [1], within(SOON_MS));
    const kill = {
      name: 'kill',
      text: 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user',
    };
    await Promise.all([1, 2, 3].map(() => database.query(ONE, [1], within(SOON_MS))));
    await database.query(kill, [], within(SOON_MS));
    await until('an answer', () =>
      database.query(ONE, [2], within(SOON_MS)).then(
        () => true,
        () => false,
      ),
    );
  });

  it('survives a connection that breaks while a transaction holds it', async () => {
    const database = await open();
    const pid = { name: 'pid', text: 'select pg_backend_pid() as pid' };
    const end = { name: 'end', text: 'select pg_terminate_backend($1)' };
    const work = database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ pid: number }>(pid, []);
      await database.query(end, [row?.pid], within(SOON_MS));
      await transaction.query(pid, []);
    }, within(SOON_MS));
    expect((await faultOf(work)).reason).to.equal('DATABASE_UNAVAILABLE');
    expect(await database.query(ONE, [3], within(SOON_MS))).to.deep.equal([{ value: 3 }]);
  });

  it('waits for a server that does not answer yet, and says what for', async () => {
    const { name, user, password } = await bed.createDatabase('late');
    const late = { id: 'late', service: 'late-db', tags: ['primary'] };
    await registerUnchecked(bed.consulUrl, { ...late, port: await closedPort() });
    const process = await openTestProcess({
      consulUrl: bed.consulUrl,
      service: 'store',
      instance: 'waiting',
    });
    processes.push(process);
    const opening = process.openDatabase({ service: 'late-db', name, user, password, poolSize: 1 });
    await until('readiness to say so', () =>
      /takes writes yet/.test(process.readiness.missing()['late-db'] ?? ''),
    );
    await registerUnchecked(bed.consulUrl, { ...late, port: bed.postgres.port });
    const database = await opening;
    expect(process.readiness.missing()).to.deep.equal({});
    expect(await database.query(ONE, [7], within(SOON_MS))).to.deep.equal([{ value: 7 }]);
    await deregister(bed.consulUrl, late.id);
  });

  it('says DATABASE_UNAVAILABLE, and when to come back, while the primary is gone', async () => {
    const { name, user, password } = await bed.createDatabase('gone');
    const primary = { id: 'gone', service: 'gone-db', tags: ['primary'] };
    await registerUnchecked(bed.consulUrl, { ...primary, port: bed.postgres.port });
    const database = await open(undefined, { service: 'gone-db', name, user, password });
    await registerUnchecked(bed.consulUrl, { ...primary, port: await closedPort() });
    const outcome = () =>
      database.query(ONE, [1], within(SOON_MS)).then(
        () => undefined,
        (error: unknown) => error,
      );
    await until(
      'the database to be followed to where nobody is',
      async () => (await outcome()) !== undefined,
    );
    expect(await faultOf(database.query(ONE, [1], within(SOON_MS)))).to.deep.include({
      kind: 'unavailable',
      reason: 'DATABASE_UNAVAILABLE',
      retryAfterMs: 1000,
    });
    await deregister(bed.consulUrl, primary.id);
  });
});

/** A port that was free a moment ago and that nobody listens on. */
function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      server.close(() => resolve(address.port));
    });
  });
}
