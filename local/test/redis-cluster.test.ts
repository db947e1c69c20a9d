import { join } from 'node:path';
import { expect } from 'chai';
import { isFree } from '../src/processes/free-port.js';
import { openTemporaryFolder, type TemporaryFolder } from '../src/processes/temporary-folder.js';
import { askRedis } from '../src/servers/ask-redis.js';
import { readField } from '../src/servers/form-redis-cluster.js';
import { type OpenRedisCluster, openRedisCluster } from '../src/servers/open-redis-cluster.js';
import { prepareRedisCluster } from '../src/servers/redis-cluster.js';
import { startServer } from '../src/servers/server.js';
import { waitUntil } from '../src/wait-until.js';

const PASSWORD = 'secret';

describe('the Redis Cluster', function () {
  // The first run on a machine fetches Redis.
  this.timeout(180_000);
  let folder: TemporaryFolder;

  before(async () => {
    folder = await openTemporaryFolder('flight-redis-cluster-test-');
  });

  after(() => folder.close());

  function waitFor(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const find = async () => ((await isSo()) ? undefined : 'not yet');
    return waitUntil(find, { what, timeoutMs: 30_000 });
  }

  it('lets a replica take over when its master is killed, and takes the master back as a replica', async () => {
    const cluster = await openRedisCluster({ dataDir: join(folder.path, 'failover'), password: PASSWORD });
    try {
      const masters = await cluster.masters();
      expect(masters).to.have.members(['redis_1', 'redis_2', 'redis_3']);
      const killed = await cluster.ownerOf('some-key');
      await cluster.kill(killed);
      await waitFor('another master', async () => {
        const now = await cluster.masters();
        return now.length === 3 && !now.includes(killed);
      });
      expect(await cluster.ownerOf('some-key')).not.to.equal(killed);
      await cluster.start(killed);
      await cluster.untilWhole();
      expect(await cluster.masters()).not.to.include(killed);
    } finally {
      await cluster.close();
    }
    expect(await Promise.all(toPorts(cluster).map(isFree))).to.deep.equal(Array(6).fill(true));
  });

  it('is found again as it was by a start on the same ports, and formed anew on others', async () => {
    const dataDir = join(folder.path, 'restart');
    const first = await startOnce(dataDir, 12_000);
    const second = await startOnce(dataDir, 12_000);
    expect(second).to.deep.equal(first);
    const elsewhere = await startOnce(dataDir, 13_000);
    expect(elsewhere).not.to.have.members(first);
  });

  it('is not entered without the password', async () => {
    const cluster = await openRedisCluster({ dataDir: join(folder.path, 'password'), password: PASSWORD });
    try {
      const [address = ''] = cluster.nodes.split(',');
      const refusal = await askRedis(address, undefined, 'PING').catch((error: unknown) => String(error));
      expect(refusal).to.include('NOAUTH');
    } finally {
      await cluster.close();
    }
  });

  /** Starts a cluster, forms it twice, stops it; answers the nodes' own ids. */
  async function startOnce(dataDir: string, firstPort: number): Promise<string[]> {
    let next = firstPort;
    const choosePort = async (): Promise<number> => {
      while (!(await isFree(next))) next += 1;
      next += 1;
      return next - 1;
    };
    const cluster = await prepareRedisCluster({ dataDir, choosePort, password: PASSWORD });
    const running = await Promise.all(cluster.servers.map(startServer));
    try {
      await cluster.form();
      await cluster.form();
      const states = cluster.servers.map(({ address }) => askRedis(address, PASSWORD, 'CLUSTER INFO'));
      for (const state of await Promise.all(states)) expect(readField(state, 'cluster_size')).to.equal('3');
      return await Promise.all(
        cluster.servers.map(({ address }) => askRedis(address, PASSWORD, 'CLUSTER MYID')),
      );
    } finally {
      await Promise.all(running.map((process) => process.stop()));
    }
  }
});

function toPorts({ nodes }: OpenRedisCluster): number[] {
  return nodes.split(',').map((node) => Number(node.split(':')[1]));
}
