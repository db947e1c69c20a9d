import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { thisMachine } from '../src/machine.js';
import { listConsulTargets } from '../src/observe/consul-targets.js';
import { isFree } from '../src/processes/free-port.js';
import { replaceAll } from '../src/servers/deploy-files.js';
import { prepareGrafana } from '../src/servers/grafana-server.js';
import { openPrometheus } from '../src/servers/prometheus-server.js';
import { openTestBed, type TestBed } from '../src/test-bed.js';
import { until } from '../src/until.js';
import { withScratch } from './scratch.js';

interface Target {
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
}

describe('the monitoring', function () {
  // The first run on a machine fetches Prometheus.
  this.timeout(180_000);
  let bed: TestBed;
  let shown: Server;
  let port: number;

  before(async () => {
    bed = await openTestBed({ consul: true });
    shown = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain');
      response.end('calls{instance="callee_1",service_name="edge",service_instance="edge_1"} 1\n');
    });
    await once(shown.listen(0, '127.0.0.1'), 'listening');
    ({ port } = shown.address() as AddressInfo);
    await register({ Name: 'edge', ID: 'edge_1', Port: 1, Meta: { admin_port: String(port) } });
    await register({ Name: 'user-db', ID: 'user-db-1', Port: 2 });
  });

  after(async () => {
    shown?.close();
    await bed?.close();
  });

  async function register(service: object): Promise<void> {
    const response = await fetch(`${bed.consulUrl}/v1/agent/service/register`, {
      method: 'PUT',
      body: JSON.stringify({ Address: '127.0.0.1', ...service }),
    });
    expect(response.status).to.equal(200);
  }

  async function ask<T>(prometheusUrl: string, what: string): Promise<T> {
    const response = await fetch(`${prometheusUrl}/api/v1/${what}`);
    return ((await response.json()) as { data: T }).data;
  }

  it('scrapes whatever Consul knows with an admin port, under its name there, and frees its port', () =>
    withScratch(async (dataDir) => {
      const { consulUrl } = bed;
      const prometheus = await openPrometheus({ dataDir, consulUrl, everySeconds: 1 });
      try {
        const targets = async () =>
          (await ask<{ activeTargets: Target[] }>(prometheus.url, 'targets')).activeTargets;
        await until('two targets to be up', async () => {
          const health = (await targets()).map((target) => target.health);
          return health.length === 2 && health.every((one) => one === 'up');
        });
        const all = await targets();
        const edge = all.find(({ labels }) => labels.job === 'edge');
        const itself = all.find(({ labels }) => labels.job === 'prometheus');
        expect(edge).to.include({ scrapeUrl: `http://127.0.0.1:${port}/metrics` });
        expect(edge?.labels).to.deep.equal({ job: 'edge', instance: 'edge_1' });
        expect(itself?.labels).to.deep.equal({ job: 'prometheus', instance: 'prometheus' });
        const { result } = await ask<{ result: { metric: object }[] }>(prometheus.url, 'query?query=calls');
        expect(result.map(({ metric }) => metric)).to.deep.equal([
          { __name__: 'calls', job: 'edge', instance: 'edge_1', callee: 'callee_1' },
        ]);
        const { groups } = await ask<{ groups: object[] }>(prometheus.url, 'rules');
        expect(groups).not.to.have.length(0);
      } finally {
        await prometheus.close();
      }
      expect(await isFree(Number(new URL(prometheus.url).port))).to.equal(true);
    }));

  it('names targets as Prometheus itself does where it asks Consul', async () => {
    expect(await listConsulTargets(bed.consulUrl)).to.deep.equal([
      {
        targets: ['127.0.0.1:1'],
        labels: {
          __meta_consul_address: '127.0.0.1',
          __meta_consul_service: 'edge',
          __meta_consul_service_address: '127.0.0.1',
          __meta_consul_service_id: 'edge_1',
          __meta_consul_service_metadata_admin_port: String(port),
        },
      },
    ]);
  });

  it('goes without Grafana where there is none, and gives one that is there our data source and dashboards', () =>
    withScratch(async (folder) => {
      const bin = join(folder, 'bin');
      const machine = { ...thisMachine(), environment: { PATH: bin } };
      const options = { dataDir: join(folder, 'data'), prometheusUrl: 'http://127.0.0.1:19090', machine };
      expect(await prepareGrafana(options)).to.equal(undefined);
      await mkdir(join(folder, 'public'), { recursive: true });
      await mkdir(bin);
      await writeFile(join(bin, 'grafana'), '#!/bin/sh\necho grafana version 12.2.0\n', { mode: 0o755 });
      const grafana = await prepareGrafana(options);
      expect(grafana?.title).to.equal('Grafana 12.2.0 (PATH)');
      expect(grafana?.spec.args).to.deep.equal(['server', `--homepath=${folder}`]);
      const provisioning = grafana?.spec.environment.GF_PATHS_PROVISIONING ?? '';
      const read = (file: string) => readFile(join(provisioning, file), 'utf8');
      expect(await read('datasources/prometheus.yml')).to.include('url: http://127.0.0.1:19090\n');
      const dashboards = join(thisMachine().checkout, 'deploy/grafana/dashboards');
      expect(await read('dashboards/flight-booking.yml')).to.include(`path: ${dashboards}\n`);
    }));

  it('notices when a file of deploy is not what it was', () => {
    expect(replaceAll('a b a', { a: 'c', b: 'd' })).to.equal('c d c');
    expect(() => replaceAll('a b', { c: 'd' })).to.throw('"c" is not in the text any more');
  });
});
