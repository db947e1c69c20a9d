import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code } from '@connectrpc/connect';
import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { FlightService } from '../src/booking.js';
import { connect, type FlightClient } from '../src/index.js';
import { caught } from './support/caught.js';
import { openTestServer, type TestServer } from './support/test-server.js';

/** An instance that says which one it is. */
function openInstance(name: string): Promise<TestServer> {
  return openTestServer((router) => {
    router.service(FlightService, { getFlight: () => ({ flight: { flightCode: name } }) });
  });
}

/** The instances that some calls reached. */
async function reached(client: FlightClient): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let calls = 0; calls < 6; calls += 1) {
    const { flight } = await client.flights.getFlight({ flightCode: 'FL001' });
    names.add(flight?.flightCode ?? '');
  }
  return names;
}

describe('the TypeScript SDK with a Consul agent', function () {
  this.timeout(60_000);
  let bed: TestBed;
  let instances: readonly TestServer[];

  before(async () => {
    bed = await openTestBed({ consul: true });
    instances = await Promise.all(['one', 'two', 'three'].map(openInstance));
  });

  after(async () => {
    await Promise.all((instances ?? []).map(({ close }) => close()));
    await bed?.close();
  });

  async function put(path: string, body?: object): Promise<void> {
    const response = await fetch(`${bed.consulUrl}/v1/agent/${path}`, {
      method: 'PUT',
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Consul answers ${response.status} ${await response.text()}`);
  }

  function register(index: number, status = 'passing'): Promise<void> {
    const [host, port] = instances[index]?.address.split(':') ?? [];
    return put('service/register', {
      ID: `booking_service_${index + 1}`,
      Name: 'booking-service',
      Address: host,
      Port: Number(port),
      Check: { TTL: '10m', Status: status },
    });
  }

  it('says that nobody is there, calls who comes and passes, and nobody who goes', async () => {
    const client = connect({ consul: bed.consulUrl });
    try {
      const error = await caught(client.flights.getFlight({ flightCode: 'FL001' }));
      expect(error.code).to.equal(Code.Unavailable);
      expect(error.message).to.match(
        /^There is no instance of booking-service to call: Consul at \S+ knows no instance/,
      );
      await Promise.all([register(0), register(1), register(2, 'critical')]);
      const reaches = (...names: string[]) =>
        until(`calls to reach ${names}`, async () => {
          const found = await reached(client).catch(() => new Set<string>());
          return found.size === names.length && names.every((name) => found.has(name));
        });
      await reaches('one', 'two');
      await put('check/pass/service:booking_service_3');
      await reaches('one', 'two', 'three');
      await put('service/deregister/booking_service_1');
      await reaches('two', 'three');
      await put('service/deregister/booking_service_2');
      await put('service/deregister/booking_service_3');
      await until('Consul to know nobody', async () => {
        const answer = await fetch(`${bed.consulUrl}/v1/health/service/booking-service?passing`);
        return (await answer.text()).trim() === '[]';
      });
      // Nobody passes now: better those last known than none.
      expect(await reached(client)).to.include('three');
    } finally {
      client.close();
    }
  });
});

describe('the TypeScript SDK with an agent that misbehaves', () => {
  let instances: readonly TestServer[];
  let agent: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: URLSearchParams[];
  let tokens: unknown[];
  let client: FlightClient;

  beforeEach(async () => {
    instances = await Promise.all(['one', 'two'].map(openInstance));
    asked = [];
    tokens = [];
    agent = createServer((request, response) => {
      asked.push(new URL(request.url ?? '', 'http://agent').searchParams);
      tokens.push(request.headers['x-consul-token']);
      answer(request, response);
    });
    agent.listen(0, '127.0.0.1');
    await once(agent, 'listening');
    url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
    client = connect({ consul: url, consulToken: 'agent-token' });
  });

  afterEach(async () => {
    client.close();
    agent.closeAllConnections();
    agent.close();
    await Promise.all(instances.map(({ close }) => close()));
  });

  function say(response: ServerResponse, index: number, indexes: readonly number[]): void {
    const entries = indexes.map((one) => {
      const [host, port] = instances[one]?.address.split(':') ?? [];
      // The second instance is known by its node's address only.
      return { Node: { Address: host }, Service: { Address: one === 0 ? host : '', Port: Number(port) } };
    });
    response.setHeader('x-consul-index', index);
    response.end(JSON.stringify(entries));
  }

  /** Answers with these one after the other; what comes then is held for ever. */
  function script(...answers: ((response: ServerResponse) => void)[]): void {
    answer = (_request, response) => answers.shift()?.(response);
  }

  const questions = (count: number) => until(`${count} questions`, () => asked.length >= count);

  it('asks for what changed since, with its token', async () => {
    script(
      (response) => say(response, 7, [0]),
      (response) => say(response, 9, [0, 1]),
    );
    await client.flights.getFlight({ flightCode: 'FL001' });
    await questions(3);
    expect(asked.map((one) => [one.get('passing'), one.get('index')])).to.deep.equal([
      ['true', '0'],
      ['true', '7'],
      ['true', '9'],
    ]);
    expect(new Set(tokens)).to.deep.equal(new Set(['agent-token']));
    expect(await reached(client)).to.deep.equal(new Set(['one', 'two']));
  });

  it('begins anew when the index goes back', async () => {
    script(
      (response) => say(response, 7, [0]),
      (response) => say(response, 3, [0]),
      (response) => say(response, 4, [1]),
    );
    await client.flights.getFlight({ flightCode: 'FL001' });
    await questions(4);
    expect(asked.map((one) => one.get('index'))).to.deep.equal(['0', '7', '0', '4']);
    expect(await reached(client)).to.deep.equal(new Set(['two']));
  });

  it('keeps who was known last while the agent refuses, breaks off, or names nobody', async () => {
    script(
      (response) => say(response, 7, [0, 1]),
      (response) => response.writeHead(500).end('no leader'),
      (response) => response.destroy(),
      (response) => response.end('not json'),
      (response) => say(response, 8, []),
    );
    await client.flights.getFlight({ flightCode: 'FL001' });
    await questions(6);
    expect(await reached(client)).to.deep.equal(new Set(['one', 'two']));
  });

  it('says why nobody is known', async () => {
    script((response) => response.writeHead(403).end());
    const error = await caught(client.flights.getFlight({ flightCode: 'FL001' }));
    expect(error.message).to.equal(
      `There is no instance of booking-service to call: Consul at ${url} answers 403`,
    );
  });

  it('waits for the first answer no longer than the call may take', async () => {
    script();
    const error = await caught(client.flights.getFlight({ flightCode: 'FL001' }, { timeoutMs: 100 }));
    expect(error).to.include({ code: Code.Unavailable });
    expect(error.message).to.contain('has not answered yet');
  });
});
