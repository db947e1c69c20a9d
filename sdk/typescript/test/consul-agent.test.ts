import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Code } from '@connectrpc/connect';
import { until } from '@flight/local';
import { expect } from 'chai';
import { connect, type FlightClient } from '../src/index.js';
import { caught } from './support/caught.js';
import { openNamedInstance, reached } from './support/named-instance.js';
import { openTestAgent, sayThat, type TestAgent } from './support/test-agent.js';
import type { TestServer } from './support/test-server.js';

describe('the TypeScript SDK with an agent that misbehaves', () => {
  let instances: readonly TestServer[];
  let agent: TestAgent;
  let client: FlightClient;

  beforeEach(async () => {
    instances = await Promise.all(['one', 'two'].map(openNamedInstance));
    agent = await openTestAgent();
    client = connect({ consul: agent.url, consulToken: 'agent-token' });
  });

  afterEach(async () => {
    client.close();
    agent.close();
    await Promise.all(instances.map(({ close }) => close()));
  });

  const say =
    (index: number, ...indexes: readonly number[]) =>
    (response: ServerResponse) =>
      sayThat(
        response,
        index,
        indexes.map((one) => instances[one]?.address ?? ''),
      );
  const refuse = (response: ServerResponse) => response.writeHead(403).end();
  const call = (options = {}) => client.flights.getFlight({ flightCode: 'FL001' }, options);
  const questions = (count: number) => until(`${count} questions`, () => agent.asked.length >= count);
  const indexes = () => agent.asked.map(({ search }) => search.get('index'));

  it('asks for what changed since, with its token', async () => {
    agent.script(say(7, 0), say(9, 0, 1));
    await call();
    await questions(3);
    expect(indexes()).to.deep.equal(['0', '7', '9']);
    for (const { path, search, token } of agent.asked) {
      expect(path).to.equal('/v1/health/service/booking-service');
      expect(search.get('passing')).to.equal('true');
      expect(token).to.equal('agent-token');
    }
    expect(await reached(client)).to.deep.equal(new Set(['one', 'two']));
  });

  it('begins anew when the index goes back', async () => {
    agent.script(say(7, 0), say(3, 0), say(4, 1));
    await call();
    await questions(4);
    expect(indexes()).to.deep.equal(['0', '7', '0', '4']);
    expect(await reached(client)).to.deep.equal(new Set(['two']));
  });

  it('keeps who was known last while the agent refuses, breaks off, or names nobody', async () => {
    agent.script(
      say(7, 0, 1),
      (response) => response.writeHead(500).end('no leader'),
      (response) => response.destroy(),
      (response) => response.end('not json'),
      say(8),
    );
    await call();
    await questions(6);
    expect(await reached(client)).to.deep.equal(new Set(['one', 'two']));
  });

  it('says why nobody is known', async () => {
    agent.script(refuse);
    const error = await caught(call());
    expect(error.message).to.equal(
      `There is no instance of booking-service to call: Consul at ${agent.url} answers 403`,
    );
    agent.close();
    const complains = async () => /can't be reached: \S/.test((await caught(call())).message);
    await until('the next question to find nobody', complains);
  });

  it('waits for the first answer no longer than the call may take', async () => {
    const error = await caught(call({ timeoutMs: 100 }));
    expect(error).to.include({ code: Code.Unavailable });
    expect(error.message).to.contain('has not answered yet');
  });

  it('waits no longer than its caller does, or than the client is open', async () => {
    const leaving = new AbortController();
    const left = caught(call({ signal: leaving.signal, timeoutMs: 60_000 }));
    const closed = caught(call({ timeoutMs: 60_000 }));
    await questions(1);
    leaving.abort();
    expect(await left).to.include({ code: Code.Canceled });
    client.close();
    expect(await closed).to.include({ code: Code.Canceled });
  });

  it('fails at once when the agent knows nobody, until it does', async () => {
    let hold: ServerResponse | undefined;
    agent.script(say(7), (response) => {
      hold = response;
    });
    await caught(call());
    await until('the next question', () => hold !== undefined);
    expect(await caught(call({ timeoutMs: 60_000 }))).to.include({ code: Code.Unavailable });
    if (hold) say(8, 0)(hold);
    await until('a call to succeed', () =>
      call().then(
        () => true,
        () => false,
      ),
    );
  });

  it('fails at once when the agent could not be asked', async () => {
    agent.script(refuse);
    await caught(call());
    expect(await caught(call({ timeoutMs: 60_000 }))).to.include({ code: Code.Unavailable });
  });

  it('does not carry its token to where the agent sends it', async () => {
    const other = await openTestAgent();
    try {
      agent.script((response) => response.writeHead(307, { location: `${other.url}/elsewhere` }).end());
      expect((await caught(call())).message).to.contain('answers 307');
      expect(other.asked).to.deep.equal([]);
    } finally {
      other.close();
    }
  });

  it('does not hold on to an answer that it does not read', async () => {
    let ended: Promise<unknown> | undefined;
    agent.script((response) => {
      ended = once(response, 'close');
      response.writeHead(500).write('the first of many words');
    });
    await caught(call());
    await ended;
  });

  it('finds an agent below a path', async () => {
    agent.script(say(7, 0));
    const behind = connect({ consul: `${agent.url}/consul/` });
    try {
      await behind.flights.getFlight({ flightCode: 'FL001' });
      expect(agent.asked[0]?.path).to.equal('/consul/v1/health/service/booking-service');
    } finally {
      behind.close();
    }
  });

  it('refuses what is no URL of an agent before anything is called', () => {
    for (const consul of ['localhost:8500', 'consul', 'ftp://localhost', 'http://'])
      expect(() => connect({ consul }), consul).to.throw(TypeError);
  });
});
