import { openTestBed, type TestBed, type TestDatabase, until } from '@flight/local';
import { expect } from 'chai';
import pg from 'pg';
import { type ChangeFeed, createChangeFeed, type FeedMessage } from '../../src/changes/change-feed.js';
import type { Database } from '../../src/postgres/database.js';
import type { MeshProcess } from '../../src/process.js';
import { faultOf } from '../support/fault-of.js';
import { openTestProcess } from '../support/test-process.js';

const SCHEMA = `
  create table change_feed_identity (identity text not null);
  create table parent_change (changed_in xid8 not null default pg_current_xact_id(),
    id bigint generated always as identity, name text not null, primary key (changed_in, id));
  create table child_change (like parent_change including all);
`;

/** The servers of tests may lose the latest commits when they crash; what is shown here depends on keeping them. */
const DURABLE = '-c synchronous_commit=on';

type Name = 'parents' | 'children';
interface Totals {
  readonly parents: number;
  readonly children: number;
}

describe('a change feed', function () {
  this.timeout(60_000);
  let bed: TestBed;
  let owner: TestDatabase;
  let process: MeshProcess;
  let sql: pg.Pool;
  let database: Database;
  let feed: ChangeFeed<Name, Totals>;
  let stop: AbortController;

  before(async () => {
    bed = await openTestBed({ consul: true, postgres: true });
    await stopAutovacuum();
  });

  beforeEach(async () => {
    owner = await bed.createDatabase('source');
    const { name, user, password, service } = owner;
    sql = new pg.Pool({ ...bed.postgres, database: name, user, password, max: 30, options: DURABLE });
    sql.on('error', () => undefined);
    await sql.query(SCHEMA);
    await sql.query(`alter role ${user} set synchronous_commit = on`);
    process = await openTestProcess({ consulUrl: bed.consulUrl, service: 'source', instance: 'source_1' });
    database = await process.openDatabase({ service, name, user, password, poolSize: 4 });
    stop = new AbortController();
    feed = openFeed();
  });

  afterEach(async () => {
    await sql.end();
    await process.close();
  });

  after(() => bed.close());

  /** It takes numbers of transactions whenever it likes. */
  async function stopAutovacuum(): Promise<void> {
    const { superuser: user, superuserPassword: password } = bed.postgres;
    const server = new pg.Client({ ...bed.postgres, database: 'postgres', user, password });
    await server.connect();
    await server.query('alter system set autovacuum = off');
    await server.query('select pg_reload_conf()');
    await server.end();
  }

  function openFeed(): ChangeFeed<Name, Totals> {
    const history = (table: string) => ({ table, columns: 'c.name', joins: '' });
    return createChangeFeed<Name, Totals>({
      database,
      tables: { parents: history('parent_change'), children: history('child_change') },
      totals: `(select count(*) from parent_change)::float8 as parents,
               (select count(*) from child_change)::float8 as children`,
      stopped: stop.signal,
      pollMs: 10,
      keepAliveMs: 50,
    });
  }

  const add = (client: pg.Pool | pg.PoolClient, table: string, ...names: string[]) =>
    client.query(`insert into ${table} (name) select * from unnest($1::text[])`, [names]);

  async function read(token: string, batchSize = 1000): Promise<FeedMessage<Name, Totals>[]> {
    const messages: FeedMessage<Name, Totals>[] = [];
    const call = { signal: AbortSignal.timeout(20_000) };
    for await (const message of feed.read({ token, batchSize, follow: false }, call)) messages.push(message);
    return messages;
  }

  const namesIn = (messages: readonly FeedMessage<Name, Totals>[]) =>
    messages.flatMap((message) =>
      message.kind === 'rows' ? message.rows.map((row) => (row as { name: string }).name) : [],
    );
  const tokenOf = (messages: readonly FeedMessage<Name, Totals>[]) =>
    messages.at(-1)?.token ?? expect.fail('no message');

  it('tells everything, then what came since, table by table, and counts in the same moment', async () => {
    await add(sql, 'child_change', 'c1', 'c2');
    await add(sql, 'parent_change', 'p1');
    const first = await read('');
    expect(namesIn(first)).to.deep.equal(['p1', 'c1', 'c2']);
    expect(first.at(-1)).to.deep.include({ kind: 'checkpoint' });
    expect(first.at(-1)).to.have.property('totals').that.includes({ parents: 1, children: 2 });
    expect(namesIn(await read(tokenOf(first)))).to.deep.equal([]);
    await add(sql, 'child_change', 'c3');
    expect(namesIn(await read(tokenOf(first)))).to.deep.equal(['c3']);
  });

  it('goes on in the middle of a window, whoever tells the rest of it', async () => {
    await add(sql, 'parent_change', 'p1', 'p2', 'p3');
    await add(sql, 'child_change', 'c1', 'c2', 'c3');
    const all = await read('', 2);
    expect(namesIn(all)).to.deep.equal(['p1', 'p2', 'p3', 'c1', 'c2', 'c3']);
    await add(sql, 'parent_change', 'p4');
    let told = 0;
    for (const message of all) {
      told += message.kind === 'rows' ? message.rows.length : 0;
      feed = openFeed();
      const rest = namesIn(await read(message.token, 2));
      expect(rest).to.deep.equal([...namesIn(all).slice(told), 'p4']);
    }
  });

  it('misses no late commit and is held back by none', async () => {
    const late = await sql.connect();
    await late.query('begin');
    await add(late, 'parent_change', 'late');
    await add(sql, 'parent_change', 'early');
    const first = await read('');
    expect(namesIn(first)).to.deep.equal(['early']);
    await late.query('commit');
    late.release();
    expect(namesIn(await read(tokenOf(first)))).to.deep.equal(['late']);
  });

  it('tells each row once and misses none while many write and many commit late', async () => {
    const writers = 16;
    let writing = writers;
    const told: string[] = [];
    const work = Array.from({ length: writers }, async (_, writer) => {
      const client = await sql.connect();
      for (let round = 0; round < 25; round++) {
        await client.query('begin');
        await add(client, 'child_change', `${writer}/${round}`);
        await client.query('select pg_sleep($1)', [((writer * 7 + round * 3) % 5) / 200]);
        await client.query(round % 5 === 4 ? 'rollback' : 'commit');
      }
      client.release();
      writing -= 1;
    });
    let token = '';
    // By time, as if a row were there from the moment that it is dated at.
    const byNumber = new Set<string>();
    let highest = '0';
    while (writing > 0) {
      const messages = await read(token, 7);
      token = tokenOf(messages);
      told.push(...namesIn(messages));
      const { rows } = await sql.query('select id::text, name from child_change where id > $1 order by id', [
        highest,
      ]);
      for (const row of rows) byNumber.add(row.name);
      highest = rows.at(-1)?.id ?? highest;
    }
    await Promise.all(work);
    told.push(...namesIn(await read(token, 7)));
    const { rows } = await sql.query('select name from child_change');
    expect(rows).to.have.length(writers * 20);
    expect([...told].sort()).to.deep.equal(rows.map(({ name }) => name).sort());
    const { rows: last } = await sql.query('select name from child_change where id > $1', [highest]);
    for (const row of last) byNumber.add(row.name);
    expect(byNumber.size, 'a reader that goes by number alone').to.be.below(rows.length);
  });

  /** Takes numbers of transactions that leave no trace on disk, and the snapshot that knows them. */
  async function wasteNumbers(): Promise<string> {
    const client = await sql.connect();
    for (let n = 0; n < 20; n++) {
      await client.query('begin');
      await client.query('select pg_current_xact_id()');
      await client.query('rollback');
    }
    const { rows } = await client.query('select pg_current_snapshot()::text as snapshot');
    client.release();
    return rows[0].snapshot;
  }

  /** Kills one of the server's processes, whereupon it ends all and recovers from what was on disk. */
  async function crash(): Promise<void> {
    const { rows } = await sql.query('select pg_backend_pid() as pid');
    global.process.kill(rows[0].pid, 'SIGKILL');
    const answers = (asked: Promise<unknown>) =>
      asked.then(
        () => true,
        () => false,
      );
    await until('the server is back', () => answers(sql.query('select 1')), 20_000);
    const idle = { deadline: Date.now() + 20_000, signal: AbortSignal.timeout(20_000), commit: true };
    const one = { name: 'one', text: 'select 1' };
    await until('the database is found', () => answers(database.query(one, [], idle)), 20_000);
  }

  it('survives a crash that gives numbers of transactions once more', async () => {
    await add(sql, 'parent_change', 'before');
    await wasteNumbers();
    const token = tokenOf(await read(''));
    await crash();
    await add(sql, 'parent_change', 'after');
    expect(namesIn(await read(token))).to.deep.equal(['after']);
  });

  it('would miss rows after a crash if its snapshots were taken as they are', async () => {
    let hidden = false;
    // The server may have written the numbers to disk all the same, as it does now and then.
    for (let round = 0; round < 5 && !hidden; round++) {
      const snapshot = await wasteNumbers();
      await crash();
      await add(sql, 'parent_change', `after round ${round}`);
      const { rows } = await sql.query(
        'select name from parent_change where not pg_visible_in_snapshot(changed_in, $1::pg_snapshot)',
        [snapshot],
      );
      hidden = rows.length === 0;
    }
    expect(hidden).to.equal(true);
  });

  it('writes nothing while nothing happens', async () => {
    await add(sql, 'parent_change', 'p1');
    let token = tokenOf(await read(''));
    token = tokenOf(await read(token));
    const next = async () =>
      (await sql.query('select pg_snapshot_xmax(pg_current_snapshot())::text as next')).rows[0].next;
    const before = await next();
    for (let n = 0; n < 5; n++) expect(tokenOf(await read(token))).to.equal(token);
    expect(await next()).to.equal(before);
  });

  it('goes on when it is followed, with a checkpoint now and then where nothing happens', async () => {
    const told: string[] = [];
    let checkpoints = 0;
    const end = new AbortController();
    const following = (async () => {
      const request = { token: '', batchSize: 10, follow: true };
      for await (const message of feed.read(request, { signal: end.signal })) {
        if (message.kind === 'checkpoint') checkpoints += 1;
        else told.push(...namesIn([message]));
      }
    })();
    const ended = following.catch((error: unknown) => error);
    await until('idle checkpoints', () => checkpoints >= 3);
    await add(sql, 'parent_change', 'p1');
    await until('the change', () => told.includes('p1'));
    end.abort(new Error('enough'));
    expect(await ended).to.have.property('message', 'enough');
    expect(told).to.deep.equal(['p1']);
  });

  it('ends so that another instance is asked when its process stops', async () => {
    const reading = (async () => {
      const request = { token: '', batchSize: 10, follow: true };
      for await (const message of feed.read(request, { signal: AbortSignal.timeout(20_000) }))
        if (message.kind === 'checkpoint') stop.abort(new Error('stopping'));
    })();
    expect((await faultOf(reading)).reason).to.equal('UNREACHABLE');
  });

  it('knows a token of another database, as of a restored dump, and then stamps its history anew', async () => {
    await add(sql, 'parent_change', 'p1');
    const token = tokenOf(await read(''));
    // What pg_restore --clean does, to a history that was stamped in a cluster that is older than this one.
    await sql.query(`
      create table kept as table change_feed_identity; drop table change_feed_identity;
      alter table kept rename to change_feed_identity;
      update parent_change set changed_in = '4000000000000'`);
    expect((await faultOf(read(token))).reason).to.equal('CHANGE_TOKEN_LOST');
    const first = await read('');
    expect(namesIn(first)).to.deep.equal(['p1']);
    await add(sql, 'parent_change', 'p2');
    expect(namesIn(await read(tokenOf(first)))).to.deep.equal(['p2']);
  });

  it('knows a token of a time that the database has not reached', async () => {
    const [identity] = JSON.parse(Buffer.from(tokenOf(await read('')), 'base64url').toString());
    const token = Buffer.from(JSON.stringify([identity, '4000000000:4000000000:'])).toString('base64url');
    expect((await faultOf(read(token))).reason).to.equal('CHANGE_TOKEN_LOST');
  });
});
