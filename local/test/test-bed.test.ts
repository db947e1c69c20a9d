import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import pg from 'pg';
import { isFree } from '../src/processes/free-port.js';
import { folderExists } from '../src/programs/make-folder.js';
import { askRedis } from '../src/servers/ask-redis.js';
import { connectAsSuperuser, type PostgresFacts } from '../src/servers/postgres-server.js';
import { listPassing } from '../src/stack/stack-health.js';
import { openTestBed } from '../src/test-bed.js';
import { until } from '../src/until.js';
import { waitUntil } from '../src/wait-until.js';

async function findLeftOver(ports: readonly number[], folder: string): Promise<string | undefined> {
  for (const port of ports) if (!(await isFree(port))) return `port ${port} is still taken`;
  return (await folderExists(folder)) ? `${folder} is still there` : undefined;
}

async function asSuperuser(server: PostgresFacts, statement: string): Promise<unknown[]> {
  const client = await connectAsSuperuser(server, 'postgres');
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the test bed', function () {
  this.timeout(60_000);

  it('creates databases that are found through Consul, each with an owner of its own', async () => {
    const bed = await openTestBed({ consul: true, postgres: true, redis: true });
    try {
      const [one, two] = [await bed.createDatabase('user-db'), await bed.createDatabase('user-db')];
      expect(one.service)
        .to.match(/^user-db-/)
        .and.not.equal(two.service);
      expect(await listPassing(bed.consulUrl, one.service)).to.deep.equal(new Set([`${one.service}-1`]));

      const response = await fetch(`${bed.consulUrl}/v1/catalog/service/${one.service}?tag=primary`);
      const [entry] = (await response.json()) as { ServiceAddress: string; ServicePort: number }[];
      const client = new pg.Client({
        host: entry?.ServiceAddress,
        port: entry?.ServicePort,
        user: one.user,
        password: one.password,
        database: one.name,
      });
      await client.connect();
      expect((await client.query('select current_user as me')).rows).to.deep.equal([{ me: one.user }]);
      await client.end();
    } finally {
      await bed.close();
    }
  });

  it('takes the check of an instance out of Consul, which counts as passing then', async () => {
    const bed = await openTestBed({ consul: true });
    try {
      const Check = { TTL: '1h', Status: 'critical' };
      const body = JSON.stringify({ ID: 'worker_1', Name: 'worker', Check });
      await fetch(`${bed.consulUrl}/v1/agent/service/register`, { method: 'PUT', body });
      expect(await listPassing(bed.consulUrl, 'worker')).to.deep.equal(new Set());
      await bed.uncheck('worker_1');
      await until('it to pass', async () => (await listPassing(bed.consulUrl, 'worker')).has('worker_1'));
    } finally {
      await bed.close();
    }
  });

  it('refuses to name a server that it was opened without', async () => {
    const bed = await openTestBed({ redis: true });
    try {
      expect(bed.redisNodes).to.match(/^127\.0\.0\.1:\d+$/);
      expect(() => bed.consulUrl).to.throw('opened without consul');
    } finally {
      await bed.close();
    }
  });

  it('gives the next bed the same servers, and nothing of what the bed before left in them', async () => {
    const first = await openTestBed({ consul: true, postgres: true, redis: true });
    const { consulUrl, redisNodes, postgres } = first;
    await first.createDatabase('user-db');
    await asSuperuser(postgres, `create role visitor`);
    const body = JSON.stringify({ ID: 'worker_1', Name: 'worker' });
    await fetch(`${consulUrl}/v1/agent/service/register`, { method: 'PUT', body });
    const node = JSON.stringify({ Node: 'other', Address: '127.0.0.1', Service: { Service: 'far' } });
    await fetch(`${consulUrl}/v1/catalog/register`, { method: 'PUT', body: node });
    await fetch(`${consulUrl}/v1/kv/key`, { method: 'PUT', body: 'value' });
    await fetch(`${consulUrl}/v1/agent/maintenance?enable=true`, { method: 'PUT' });
    await askRedis(redisNodes, undefined, 'SET key value');
    await first.close();

    const second = await openTestBed({ consul: true, postgres: true, redis: true });
    try {
      expect(second.consulUrl).to.equal(consulUrl);
      expect(second.redisNodes).to.equal(redisNodes);
      expect(second.postgres.port).to.equal(postgres.port);
      const names = `select datname as name from pg_database union all select rolname from pg_roles
        where rolname !~ '^pg_' order by name`;
      expect(await asSuperuser(postgres, names)).to.deep.equal(
        ['postgres', 'postgres', 'template0', 'template1'].map((name) => ({ name })),
      );
      const services = await (await fetch(`${consulUrl}/v1/catalog/services`)).json();
      expect(services).to.deep.equal({ consul: [] });
      expect(await (await fetch(`${consulUrl}/v1/catalog/nodes`)).json()).to.have.length(1);
      expect((await fetch(`${consulUrl}/v1/kv/key`)).status).to.equal(404);
      expect(await (await fetch(`${consulUrl}/v1/health/state/critical`)).json()).to.deep.equal([]);
      expect(await askRedis(redisNodes, undefined, 'DBSIZE')).to.equal('0');
    } finally {
      await second.close();
    }
  });

  it('gives beds that are open at the same time servers of their own', async () => {
    const beds = [await openTestBed({ redis: true }), await openTestBed({ redis: true })];
    expect(new Set(beds.map(({ redisNodes }) => redisNodes))).to.have.property('size', 2);
    for (const bed of beds) await bed.close();
  });

  it('gives the next bed another server in the place of one that has ended', async () => {
    const first = await openTestBed({ redis: true });
    const { redisNodes } = first;
    await askRedis(redisNodes, undefined, 'SHUTDOWN NOSAVE').catch(() => undefined);
    await first.close();
    const second = await openTestBed({ redis: true });
    try {
      expect(await askRedis(second.redisNodes, undefined, 'PING')).to.equal('PONG');
      expect(second.redisNodes).not.to.equal(redisNodes);
    } finally {
      await second.close();
    }
  });

  for (const whose of ['shared', 'own'])
    it(`leaves no process and no file of ${whose} servers behind, even when the test process is killed`, async () => {
      const holder: ChildProcess = spawn(process.execPath, [
        fileURLToPath(new URL('./fixture/hold-test-bed.js', import.meta.url)),
        whose,
      ]);
      if (holder.stdout === null) throw new Error('no standard output');
      const [line] = await once(createInterface(holder.stdout), 'line');
      const { ports, cluster } = JSON.parse(line) as { ports: number[]; cluster: string };
      const folder = dirname(dirname(cluster));
      expect(await findLeftOver(ports, folder)).to.match(/still taken/);
      holder.kill('SIGKILL');
      await waitUntil(() => findLeftOver(ports, folder), { what: 'an empty machine', timeoutMs: 10_000 });
    });
});
