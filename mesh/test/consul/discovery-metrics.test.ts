import { until } from '@flight/local';
import { expect } from 'chai';
import type { MeshProcess } from '../../src/process.js';
import { openTestAgent, type TestAgent } from '../support/consul-agent.js';
import { openCatalog } from '../support/consul-catalog.js';
import { type ConsulProxy, openConsulProxy } from '../support/consul-proxy.js';
import { openTestProcess } from '../support/test-process.js';

describe('the metrics of discovery', function () {
  this.timeout(30_000);
  let agent: TestAgent;
  let proxy: ConsulProxy;
  let caller: MeshProcess;

  before(async () => {
    agent = await openTestAgent();
    proxy = await openConsulProxy(agent.url);
    caller = await openTestProcess({ consulUrl: proxy.url, service: 'caller', instance: 'caller_1' });
  });

  after(async () => {
    await caller.close();
    await proxy.close();
    await agent.close();
  });

  /** The value of a metric for the watched service. */
  async function read(metric: string): Promise<number> {
    const text = await caller.metrics.registry.getSingleMetricAsString(metric);
    return Number(/service="x".*\} (\S+)$/m.exec(text)?.[1]);
  }

  it('count the changes of a set and the failures of its queries, and tell its age', async () => {
    const catalog = openCatalog(agent.url);
    await catalog.list({ id: 'a', service: 'x' });
    const set = caller.instances('x');
    await until('one', () => set.current.length === 1);
    await catalog.list({ id: 'b', service: 'x' });
    await until('two', () => set.current.length === 2);
    expect(await read('mesh_discovery_changes_total')).to.equal(2);
    expect(await read('mesh_discovery_changes_total')).to.equal(2);
    expect(await read('mesh_discovery_failures_total')).to.equal(0);

    proxy.forge = { status: 500, body: 'no' };
    await catalog.list({ id: 'c', service: 'x' });
    await until('three failures', () => set.failures >= 3);
    expect(await read('mesh_discovery_failures_total')).to.be.at.least(3);
    expect(await read('mesh_discovery_age_seconds')).to.be.above(0.5);
    expect(await read('mesh_discovery_changes_total')).to.equal(2);
  });
});
