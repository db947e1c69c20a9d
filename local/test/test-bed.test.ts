import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import pg from 'pg';
import { isFree } from '../src/processes/free-port.js';
import { folderExists } from '../src/programs/make-folder.js';
import { listPassing } from '../src/stack/stack-health.js';
import { openTestBed } from '../src/test-bed.js';
import { until } from '../src/until.js';
import { waitUntil } from '../src/wait-until.js';

async function findLeftOver(ports: readonly number[], folder: string): Promise<string | undefined> {
  for (const port of ports) if (!(await isFree(port))) return `port ${port} is still taken`;
  return (await folderExists(folder)) ? `${folder} is still there` : undefined;
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

  it('leaves no process and no file behind, even when the test process is killed', async () => {
    const holder: ChildProcess = spawn(process.execPath, [
      fileURLToPath(new URL('./fixture/hold-test-bed.js', import.meta.url)),
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
