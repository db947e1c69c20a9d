import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import pg from 'pg';
import { type OpenPatroniCluster, openPatroniCluster } from '../src/servers/open-patroni-cluster.js';
import type { PatroniNode } from '../src/servers/patroni-cluster.js';
import { isAlive } from '../src/stack/run-lock.js';
import { openTestBed, type TestBed } from '../src/test-bed.js';
import { until } from '../src/until.js';

const OWNER = { name: 'kept', user: 'keeper', password: 'kept' };

describe('a Patroni cluster', function () {
  // The first run on a machine fetches programs.
  this.timeout(180_000);
  let bed: TestBed;
  let cluster: OpenPatroniCluster;

  before(async () => {
    bed = await openTestBed({ consul: true });
    cluster = await openPatroniCluster({ consulUrl: bed.consulUrl, scope: 'test-db' });
    await cluster.createDatabase(OWNER);
    await ask(await cluster.primary(), 'create table kept (id integer primary key)');
  });

  after(async () => {
    await cluster?.close();
    await bed.close();
  });

  beforeEach(() => cluster.untilHealthy());

  async function ask(node: PatroniNode, text: string, values: unknown[] = []): Promise<unknown[]> {
    const { name: database, user, password } = OWNER;
    const place = { host: '127.0.0.1', port: node.pgPort, connectionTimeoutMillis: 10_000 };
    const client = new pg.Client({ ...place, database, user, password, query_timeout: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(text, values)).rows;
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  async function listAddresses(tag: string): Promise<number[]> {
    const response = await fetch(`${bed.consulUrl}/v1/health/service/test-db?passing&tag=${tag}`);
    const entries = (await response.json()) as { Service: { Port: number } }[];
    return entries.map(({ Service }) => Service.Port).sort();
  }

  async function listSynchronous(): Promise<string[]> {
    const members = await cluster.members();
    return members.filter(({ role }) => role === 'sync_standby').map(({ name }) => name);
  }

  it('registers its primary and its standbys in Consul', async () => {
    const primary = await cluster.primary();
    const standbys = cluster.nodes.filter(({ id }) => id !== primary.id).map(({ pgPort }) => pgPort);
    await until('the primary in Consul', async () => {
      const [found, ...others] = await listAddresses('primary');
      return found === primary.pgPort && others.length === 0;
    });
    await until('the standbys in Consul', async () => {
      return String(await listAddresses('replica')) === String(standbys.sort());
    });
  });

  it('shows an acknowledged write on both standbys at once', async () => {
    const primary = await cluster.primary();
    let shown = 0;
    for (let id = 100; id < 120; id += 1) {
      const before = await listSynchronous();
      await ask(primary, 'insert into kept values ($1)', [id]);
      const seen = await Promise.all(
        cluster.nodes.map(async (node) => [
          node.id,
          await ask(node, 'select id from kept where id = $1', [id]),
        ]),
      );
      const after = await listSynchronous();
      // One that a busy machine keeps silent for 2 s is not waited for, until it has caught up.
      const held = before.filter((name) => after.includes(name));
      const found = Object.fromEntries(seen);
      for (const name of [primary.id, ...held]) expect(found[name], name).to.deep.equal([{ id }]);
      shown += held.length;
    }
    expect(shown, 'of 40 looks at a standby').to.be.at.least(20);
  });

  it('hands over to another node when asked to', async () => {
    const before = await cluster.primary();
    const after = await cluster.switchover();
    expect(after.id).to.not.equal(before.id);
    await ask(after, 'insert into kept values (200)');
    expect(await ask(after, 'select pg_is_in_recovery() as standby')).to.deep.equal([{ standby: false }]);
  });

  it("has a primary again after its postmaster's kill -9, with every acknowledged row", async () => {
    const before = await cluster.primary();
    await ask(before, 'insert into kept values (300)');
    const killed = before.postmasterPid();
    await cluster.kill(before.id, 'postmaster');
    await until(
      'a primary that takes writes',
      async () => {
        const primary = await cluster.primary().catch(() => undefined);
        if (primary === undefined || primary.postmasterPid() === killed) return false;
        const inserted = ask(primary, 'insert into kept values (301) on conflict do nothing');
        return inserted.then(
          () => true,
          () => false,
        );
      },
      30_000,
    );
    const rows = await ask(await cluster.primary(), 'select id from kept where id = 300');
    expect(rows).to.deep.equal([{ id: 300 }]);
  });

  it('has another primary after the loss of its node, and takes that one back as a standby', async () => {
    const before = await cluster.primary();
    await ask(before, 'insert into kept values (400)');
    await cluster.kill(before.id, 'node');
    expect([before.patroniPid, before.postmasterPid()]).to.deep.equal([undefined, undefined]);
    await until(
      'another primary',
      () =>
        cluster.primary().then(
          ({ id }) => id !== before.id,
          () => false,
        ),
      40_000,
    );
    const after = await cluster.primary();
    expect(await ask(after, 'select id from kept where id = 400')).to.have.length(1);
    await cluster.start(before.id);
    await cluster.untilHealthy();
    expect((await cluster.primary()).id).to.equal(after.id);
    expect(await ask(before, 'select id from kept where id = 400')).to.have.length(1);
  });

  it('changes nothing for whoever does not know its password', async () => {
    const { restUrl } = await cluster.primary();
    const body = JSON.stringify({ ttl: 30 });
    const response = await fetch(`${restUrl}/config`, { method: 'PATCH', body });
    expect(response.status).to.equal(401);
  });

  it('leaves no process behind when it is closed', async () => {
    const pids = cluster.nodes.flatMap((node) => [node.patroniPid ?? 0, node.postmasterPid() ?? 0]);
    expect(pids.every((pid) => pid > 0 && isAlive(pid))).to.equal(true);
    await cluster.close();
    // Who has ended keeps its pid until init has taken note of it.
    await until('an empty machine', () => !pids.some(isAlive));
  });
});

describe('a Patroni cluster whose launcher is killed', function () {
  this.timeout(180_000);

  it('is gone, even a node that is frozen', async () => {
    const bed = await openTestBed({ consul: true });
    try {
      const fixture = fileURLToPath(new URL('./fixture/hold-patroni-cluster.js', import.meta.url));
      const holder = spawn(process.execPath, [fixture, bed.consulUrl], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(createInterface(holder.stdout), 'line');
      const pids = JSON.parse(line) as number[];
      expect(pids).to.have.length(6);
      expect(pids.every((pid) => isAlive(pid))).to.equal(true);
      holder.kill('SIGKILL');
      await until('an empty machine', () => !pids.some(isAlive), 20_000);
    } finally {
      await bed.close();
    }
  });
});
