import { until } from '@flight/local';
import { expect } from 'chai';
import { createConsulAgent } from '../../src/consul/agent.js';
import { openTestAgent, type TestAgent } from '../support/consul-agent.js';
import { serveUsers } from '../support/user-service.js';

/** What is promised: registered again so long after the agent is back, in milliseconds. */
const PROMISE_MS = 15_000;

describe('registration at an agent in trouble', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  let instance: Awaited<ReturnType<typeof serveUsers>>;
  let lines: string[];
  const service = 'kept';

  beforeEach(async () => {
    agent = await openTestAgent();
    lines = [];
    instance = await serveUsers({ consulUrl: agent.url, service, instance: 'kept_1', handlers: {}, lines });
  });

  afterEach(async () => {
    agent.thaw();
    await instance.close();
    await agent.close();
  });

  const logged = (text: string) => lines.filter((line) => line.includes(text)).length;

  async function isPassing(): Promise<boolean> {
    const client = createConsulAgent({ url: agent.url, token: undefined });
    const { signal } = new AbortController();
    const { sightings } = await client.observe({ service, index: 0, waitSeconds: 1, signal });
    client.close();
    return sightings.some(({ health }) => health === 'passing');
  }

  it('is back and passing within 15 s after the agent was killed and restarted with an empty catalog', async () => {
    agent.kill();
    await until('it to notice', () => logged('registration can not be checked') === 1);
    await agent.restart();
    await until('it to be passing again', isPassing, PROMISE_MS);
    await until('it to say so', () => logged('did not know this instance') === 1);
    expect(logged('registration can not be checked')).to.equal(1);
  });

  it('is still there and passing after the agent was frozen', async () => {
    await agent.freeze();
    await until('it to notice', () => logged('registration can not be checked') === 1);
    agent.thaw();
    await until('it to be passing', isPassing, PROMISE_MS);
    expect(logged('did not know this instance')).to.equal(0);
  });

  it('leaves within seconds although the agent is frozen', async () => {
    await agent.freeze();
    const began = performance.now();
    await instance.close();
    expect(performance.now() - began).to.be.below(10_000);
    expect(logged('its health check will find this instance gone')).to.equal(1);
  });
});
