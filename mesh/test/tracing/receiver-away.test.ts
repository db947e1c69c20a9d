import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@flight/local';
import { expect } from 'chai';
import type { TracingConfig } from '../../src/config/tracing-config.js';
import { createLogger } from '../../src/log.js';
import { openTracer } from '../../src/tracing/open-tracer.js';
import type { Tracer } from '../../src/tracing/tracer.js';

/** More than one batch, so that there are several failures to complain of. */
const SPANS = 1200;

describe('a receiver of traces', function () {
  this.timeout(20_000);
  let server: Server;
  let behaviour: RequestListener;
  let asked: number;
  let lines: string[];
  let tracer: Tracer;

  beforeEach(async () => {
    asked = 0;
    lines = [];
    server = createServer((request, response) => {
      asked += 1;
      request.resume();
      behaviour(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    tracer = await open(`http://127.0.0.1:${port}/v1/traces`);
  });

  afterEach(async () => {
    behaviour = (_request, response) => void response.end();
    await tracer.close();
    server.closeAllConnections();
    server.close();
  });

  async function open(url: string): Promise<Tracer> {
    const config: TracingConfig = {
      url,
      serviceName: undefined,
      sampler: 'parentbased_always_on',
      ratio: 1,
      delayMs: 10,
    };
    const identity = { service: 'traced', instance: 'traced_1', version: '0.0.0' };
    const log = createLogger({ ...identity, level: 'info' }, { write: (line) => void lines.push(line) });
    const opened = await openTracer(config, identity, log);
    if (opened === undefined) throw new Error('no tracer was opened');
    return opened;
  }

  function trace(spans: number): void {
    for (let n = 0; n < spans; n++)
      tracer.startSpan({ name: 'work', kind: 'internal', parent: undefined, attributes: { n } }).end();
  }

  const said = (text: string) =>
    lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes(text));

  it('that refuses spans is complained of once, not for each batch, and heard of when it is well', async () => {
    behaviour = (_request, response) => void response.writeHead(400).end('no thanks');
    trace(SPANS);
    await until('several refusals', () => asked >= 3);
    await until('a complaint', () => said('spans are not taken').length > 0);
    behaviour = (_request, response) => void response.end();
    await until('spans to be taken', () => {
      trace(1);
      return said('spans are taken again').length > 0;
    });
    expect(said('spans are not taken')).to.have.length(1);
    expect(said('spans are taken again')[0].lost).to.be.at.least(SPANS);
    expect(lines.join()).not.to.include('no thanks');
  });

  it('that never answers holds up neither work nor, for long, the end of the process', async () => {
    behaviour = () => undefined;
    const began = performance.now();
    // Ten times what is kept: the rest is dropped.
    trace(20_000);
    expect(performance.now() - began).to.be.below(5000);
    await until('a batch to be on its way', () => asked === 1);
    const closing = performance.now();
    await tracer.close();
    expect(performance.now() - closing).to.be.below(6000);
    expect(said('the last spans were not sent in time')).to.have.length(1);
  });

  it('gets what is left when the process stops', async () => {
    behaviour = (_request, response) => void response.end();
    trace(SPANS);
    await tracer.close();
    expect(asked).to.be.at.least(Math.ceil(SPANS / 512));
    expect(lines).to.deep.equal([]);
  });
});
