import { setTimeout as pause } from 'node:timers/promises';
import { type OpenPatroniCluster, openPatroniCluster, openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import type { Database, QueryOptions } from '../../src/postgres/database.js';
import type { MeshProcess } from '../../src/process.js';
import { openTestProcess } from '../support/test-process.js';

const OWNER = { name: 'kept', user: 'keeper', password: 'a password of this test' };
const INSERT = { name: 'insert', text: 'insert into item values ($1)' };
const COUNT = { name: 'count', text: 'select count(*) from item' };
const FIND = { name: 'find-some', text: 'select id from item where id = any($1)' };
const LIST = { name: 'list', text: 'select id from item' };
const IS_REPLICA = { name: 'is_replica', text: 'select pg_is_in_recovery() as replica' };
/** As long as a service waits for a write, and for a read, in milliseconds. */
const WRITE_MS = 2000;
const READ_MS = 1000;

/** Between two statements of the same loop: a load that leaves the machine to what is tested. */
const PAUSE_MS = 2;

function within(ms: number): QueryOptions {
  return { deadline: Date.now() + ms, signal: AbortSignal.timeout(ms) };
}

describe('a database whose primary is lost', function () {
  this.timeout(180_000);
  let bed: TestBed;
  let cluster: OpenPatroniCluster;
  let process: MeshProcess;
  let database: Database;

  before(async () => {
    bed = await openTestBed({ consul: true });
    const { consulUrl } = bed;
    cluster = await openPatroniCluster({ consulUrl, scope: 'kept-db' });
    await cluster.createDatabase(OWNER);
    process = await openTestProcess({ consulUrl, service: 'store', instance: 'failing_over' });
    database = await process.openDatabase({ service: 'kept-db', ...OWNER, poolSize: 4 });
    const create = { name: 'create', text: 'create table item (id int primary key)' };
    await database.query(create, [], { ...within(5000), commit: true });
  });

  after(async () => {
    await process?.close();
    await cluster?.close();
    await bed?.close();
  });

  /** Writes and reads while something happens, until a write that began after it is acknowledged. */
  async function using(happening: () => Promise<void>) {
    const acknowledged: number[] = [];
    const refusals = new Set<unknown>();
    const failedReads: unknown[] = [];
    let longestReadMs = 0;
    let over = false;
    let next = 1 + Math.max(0, ...(await list()));
    let primaryReads = 0;
    const primaryRefusals = new Set<unknown>();
    const missing: number[] = [];

    async function writeOne(): Promise<boolean> {
      const id = next++;
      try {
        await database.query(INSERT, [id], { ...within(WRITE_MS), commit: true });
        acknowledged.push(id);
        return true;
      } catch (error) {
        refusals.add((error as { reason?: string }).reason ?? error);
        return false;
      }
    }
    async function write(): Promise<void> {
      while (!over) {
        await writeOne();
        await pause(PAUSE_MS);
      }
    }
    async function read(): Promise<void> {
      while (!over) {
        const began = performance.now();
        await database
          .query(COUNT, [], { ...within(READ_MS), read: 'replicaPreferred' })
          .catch((error: unknown) => void failedReads.push(error));
        longestReadMs = Math.max(longestReadMs, performance.now() - began);
        await pause(PAUSE_MS);
      }
    }
    /** Reads from the primary alone what was acknowledged last before it asks. */
    async function readPrimary(): Promise<void> {
      while (!over) {
        const known = acknowledged.slice(-20);
        const options: QueryOptions = { ...within(READ_MS), read: 'primary' };
        await database.query<{ id: number }>(FIND, [known], options).then(
          (rows) => {
            const found = new Set(rows.map(({ id }) => id));
            missing.push(...known.filter((id) => !found.has(id)));
            primaryReads += 1;
          },
          (error: { reason?: string }) => void primaryRefusals.add(error.reason ?? error),
        );
        await pause(PAUSE_MS);
      }
    }
    const users = [write(), write(), read(), read(), readPrimary()];
    await until('a write before', () => acknowledged.length > 10);
    await happening();
    await until('a write after', () => writeOne(), 60_000);
    over = true;
    await Promise.all(users);
    return { acknowledged, refusals, failedReads, longestReadMs, primaryReads, primaryRefusals, missing };
  }

  async function list(): Promise<readonly number[]> {
    const rows = await database.query<{ id: number }>(LIST, [], within(READ_MS));
    return rows.map(({ id }) => id);
  }

  async function expectKept(acknowledged: readonly number[]): Promise<void> {
    const kept = new Set(await list());
    expect(acknowledged.filter((id) => !kept.has(id))).to.deep.equal([]);
  }

  it('reads from replicas what was just written, however often', async () => {
    // Replicas that a busy machine keeps silent are left alone for a while: a turn of the primary's may be long, but is rare.
    let byReplicas = 0;
    let turnsOfPrimary = 0;
    let last = true;
    for (let id = -1; byReplicas < 200 && id >= -2000; id--) {
      await database.query(INSERT, [id], { ...within(WRITE_MS), commit: true });
      const options: QueryOptions = { ...within(READ_MS), read: 'replicaPreferred' };
      const [row] = await database.query<{ replica: boolean; found: number }>(
        {
          name: 'find',
          text: 'select pg_is_in_recovery() as replica, count(*) as found from item where id = $1',
        },
        [id],
        options,
      );
      expect(row?.found).to.equal(1);
      const replica = row?.replica ?? false;
      if (replica) byReplicas++;
      if (last && !replica) turnsOfPrimary++;
      last = replica;
    }
    expect(byReplicas).to.equal(200);
    expect(turnsOfPrimary).to.be.at.most(5);
  });

  it('asks the primary when nobody says otherwise', async () => {
    const [row] = await database.query<{ replica: boolean }>(IS_REPLICA, [], within(READ_MS));
    expect(row?.replica).to.equal(false);
  });

  it('loses nothing and fails no read when the primary freezes and comes back', async () => {
    const frozen = await cluster.primary();
    const { acknowledged, refusals, failedReads, longestReadMs, primaryReads, primaryRefusals, missing } =
      await using(async () => cluster.freeze(frozen.id));
    cluster.thaw(frozen.id);
    expect([...refusals]).to.include('DATABASE_UNAVAILABLE');
    expect(failedReads).to.deep.equal([]);
    expect(longestReadMs).to.be.below(READ_MS);
    expect(primaryReads).to.be.above(0);
    // Nobody else answers for it.
    expect([...primaryRefusals]).to.include('DATABASE_UNAVAILABLE');
    expect(missing).to.deep.equal([]);
    await cluster.untilHealthy();
    expect((await cluster.primary()).id).to.not.equal(frozen.id);
    await expectKept(acknowledged);
  });
});
