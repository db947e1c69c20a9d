import { randomUUID } from 'node:crypto';
import { until } from '@flight/local';
import { expect } from 'chai';
import { openTestAgent, type TestAgent } from '../support/consul-agent.js';
import { openCatalog } from '../support/consul-catalog.js';
import { type ConsulProxy, openConsulProxy } from '../support/consul-proxy.js';
import { openTestWatch, type TestWatch } from '../support/test-watch.js';

describe('the watch of an agent in trouble', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  let proxy: ConsulProxy;
  let watch: TestWatch;

  beforeEach(async () => {
    agent = await openTestAgent();
    proxy = await openConsulProxy(agent.url);
    for (const id of ['a', 'b', 'c']) await openCatalog(agent.url).list({ id, service: 'x' });
    watch = openTestWatch(proxy.url, 'x');
    await watch.untilIds('a b c');
  });

  afterEach(async () => {
    watch.close();
    await proxy.close();
    agent.thaw();
    await agent.close();
  });

  /** Some change in Consul, so that it answers a held query. */
  const wake = () =>
    openCatalog(agent.url).list({ id: 'a', service: 'x', port: 1 + Math.ceil(Math.random() * 9999) });

  async function untilAnswered(more: number): Promise<void> {
    const goal = proxy.answered + more;
    await until(`${more} more answers`, () => proxy.answered >= goal);
  }

  for (const [what, index] of [
    ['goes backwards', '1'],
    ['is zero', '0'],
    ['is missing', null],
    ['is no number', 'lots'],
  ] as const) {
    it(`hears of changes although the index ${what}`, async () => {
      proxy.forge = { index };
      await wake();
      await untilAnswered(2);
      await openCatalog(agent.url).unlist('b');
      await watch.untilIds('a c');
      expect(watch.set.failures).to.equal(0);
    });
  }

  it('starts from the beginning when the index goes backwards', async () => {
    const isHeld = () => proxy.asked.at(-1)?.includes('index=') ?? false;
    await until('a held query', isHeld);
    proxy.forge = { index: '1' };
    await wake();
    await until('a query that names no index', () => !isHeld());
    // Consul's own index again: the watch waits on it as before.
    proxy.forge = undefined;
    await until('a held query', isHeld);
    await openCatalog(agent.url).unlist('b');
    await watch.untilIds('a c', 5000);
  });

  it('asks once a second at most while there is no index to wait on', async () => {
    proxy.forge = { index: null };
    await wake();
    await untilAnswered(1);
    const began = performance.now();
    await untilAnswered(3);
    expect(performance.now() - began).to.be.above(1900);
  });

  for (const status of [403, 500, 503]) {
    it(`keeps the set and asks ever less often while the agent answers ${status}`, async () => {
      proxy.forge = { status, body: 'no' };
      const began = performance.now();
      await wake();
      await until('some failures', () => watch.set.failures >= 4);
      // Three pauses of back-off at the least.
      expect(performance.now() - began).to.be.above(3 * 250);
      expect(watch.ids()).to.equal('a b c');
      await openCatalog(agent.url).unlist('b');
      proxy.forge = undefined;
      await watch.untilIds('a c');
      expect(watch.logged('Consul is away')).to.equal(1);
      expect(watch.logged('Consul answers again')).to.equal(1);
    });
  }

  it('keeps the set when something that is no Consul answers', async () => {
    proxy.forge = { body: '"welcome"' };
    await wake();
    await until('a failure', () => watch.set.failures > 0);
    expect(watch.ids()).to.equal('a b c');
  });

  it('keeps the set when the agent is killed and comes back with an empty catalog', async () => {
    const heardBefore = watch.heard.length;
    agent.kill();
    await until('a failure', () => watch.set.failures > 0);
    await agent.restart();
    await until('it to notice', () => watch.logged('names no healthy instance') === 1);
    expect(watch.ids()).to.equal('a b c');
    const catalog = openCatalog(agent.url);
    // One that comes back must not push out the others, who will be a moment later.
    await catalog.list({ id: 'a', service: 'x', port: 7 });
    await until('it to be heard', () => watch.set.current.some(({ port }) => port === 7));
    expect(watch.ids()).to.equal('a b c');
    for (const id of ['b', 'c']) await catalog.list({ id, service: 'x', port: 7 });
    await until('all to be heard', () => watch.set.current.every(({ port }) => port === 7));
    expect(watch.heard.slice(heardBefore).every((ids) => ids === 'a b c')).to.equal(true);
  });

  it('keeps the set while the agent is frozen, grows old, says so once, and hears news after the thaw', async () => {
    await agent.freeze();
    await until('it to grow older than is normal', () => watch.set.ageMs() > 15_000, 25_000);
    expect(watch.set.failures).to.be.above(0);
    expect(watch.ids()).to.equal('a b c');
    agent.thaw();
    await openCatalog(agent.url).unlist('b');
    const unlisted = performance.now();
    await watch.untilIds('a c');
    // The longest back-off, and a query that may have been under way.
    expect(performance.now() - unlisted).to.be.below(5000);
    expect(watch.set.ageMs()).to.be.below(5000);
    expect(watch.logged('Consul is away')).to.equal(1);
  });
});

describe('the watch of an agent with access control', function () {
  this.timeout(30_000);
  const root = randomUUID();
  const management = '00000000-0000-0000-0000-000000000001';
  let agent: TestAgent;

  before(async () => {
    // Who names no token may do everything, so that only the watch's own token matters.
    const tokens = { master: root, default: root };
    agent = await openTestAgent({ acl: { enabled: true, default_policy: 'deny', tokens } });
  });

  after(() => agent.close());

  async function acl(method: string, path: string, body?: object): Promise<unknown> {
    const init = { method, headers: { 'x-consul-token': root }, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${agent.url}/v1/acl/${path}`, init);
    if (!response.ok) throw new Error(`Consul answers ${response.status}: ${await response.text()}`);
    return response.json();
  }

  /** Watches two instances with a token of its own. */
  async function watchWithToken(service: string) {
    const catalog = openCatalog(agent.url);
    for (const n of [1, 2]) await catalog.list({ id: `${service}${n}`, service });
    const token = (await acl('PUT', 'token', { Policies: [{ ID: management }] })) as {
      readonly AccessorID: string;
      readonly SecretID: string;
    };
    const watch = openTestWatch(agent.url, service, token.SecretID);
    await watch.untilIds(`${service}1 ${service}2`);
    return { catalog, watch, path: `token/${token.AccessorID}` };
  }

  it('keeps the set when the token is revoked', async () => {
    const { catalog, watch, path } = await watchWithToken('r');
    await acl('DELETE', path);
    await catalog.list({ id: 'r3', service: 'r' });
    await until('it to be refused', () => watch.set.failures > 1);
    expect(watch.ids()).to.equal('r1 r2');
    expect(watch.logged('Consul is away')).to.equal(1);
    watch.close();
  });

  it('keeps the set while the token may see nothing, and goes on when it may again', async () => {
    const { catalog, watch, path } = await watchWithToken('e');
    await acl('PUT', path, { Policies: [] });
    await catalog.list({ id: 'e3', service: 'e' });
    await until('it to see nothing', () => watch.logged('names no healthy instance') === 1);
    expect(watch.ids()).to.equal('e1 e2');
    await acl('PUT', path, { Policies: [{ ID: management }] });
    await catalog.list({ id: 'e3', service: 'e', port: 2 });
    await watch.untilIds('e1 e2 e3');
    expect(watch.set.failures).to.equal(0);
    watch.close();
  });
});
