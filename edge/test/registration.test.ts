import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed } from './support/edge-bed.js';

interface HealthEntry {
  readonly Service: {
    readonly ID: string;
    readonly Address: string;
    readonly Port: number;
    readonly Meta: object;
  };
}

describe('an edge in Consul', function () {
  this.timeout(30_000);
  let bed: EdgeBed;

  before(async () => {
    bed = await openEdgeBed();
  });
  after(() => bed.close());

  async function findEdges(filter = ''): Promise<readonly HealthEntry[]> {
    const response = await fetch(`${bed.config.process.consul.url}/v1/health/service/edge${filter}`);
    return (await response.json()) as readonly HealthEntry[];
  }

  it('registers with the port of its metrics, passes when it is ready, and leaves when it stops', async () => {
    const edge = await bed.start();
    const port = Number(new URL(edge.address).port);
    await until(async () => (await findEdges('?passing')).length === 1);
    const [{ Service } = expect.fail()] = await findEdges();
    expect(Service).to.include({ ID: 'edge_1', Address: '127.0.0.1', Port: port });
    expect(Service.Meta).to.include({ admin_port: String(port), version: '0.1.0' });
    const { body } = await edge.ask('GET', '/api/discovery/status');
    expect(JSON.stringify(body)).not.to.include('edge_1');
    await edge.close();
    expect(await findEdges()).to.deep.equal([]);
  });
});
