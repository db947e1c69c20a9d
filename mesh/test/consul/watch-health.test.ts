import { until } from '@flight/local';
import { expect } from 'chai';
import { openTestAgent, type TestAgent } from '../support/consul-agent.js';
import { type Catalog, openCatalog } from '../support/consul-catalog.js';
import { openTestWatch, type TestWatch } from '../support/test-watch.js';

describe('the watch of a real agent', function () {
  this.timeout(30_000);
  let agent: TestAgent;
  let catalog: Catalog;
  let watch: TestWatch | undefined;

  before(async () => {
    agent = await openTestAgent();
    catalog = openCatalog(agent.url);
  });

  after(() => agent.close());

  afterEach(() => watch?.close());

  /** Lists instances of a service of this name and watches them. */
  async function watchThree(service: string): Promise<TestWatch> {
    for (const n of [1, 2, 3]) await catalog.list({ id: `${service}${n}`, service });
    watch = openTestWatch(agent.url, service);
    await watch.untilIds(`${service}1 ${service}2 ${service}3`);
    return watch;
  }

  it('drops a deregistered instance within 250 ms', async () => {
    const { set, untilIds } = await watchThree('d');
    const times: number[] = [];
    // The best of a few, for the machine is shared.
    for (let round = 0; round < 3; round++) {
      const told = new Promise<number>((resolve) => {
        const forget = set.onChange(() => {
          forget();
          resolve(performance.now());
        });
      });
      await catalog.unlist('d2');
      const gone = performance.now();
      times.push((await told) - gone);
      expect(set.current.map(({ id }) => id)).to.have.members(['d1', 'd3']);
      await catalog.list({ id: 'd2', service: 'd' });
      await untilIds('d1 d2 d3');
    }
    expect(Math.min(...times)).to.be.below(250);
  });

  it('drops an instance that fails or warns, and takes it back', async () => {
    const { untilIds } = await watchThree('w');
    await catalog.fail('w2');
    await untilIds('w1 w3');
    await catalog.pass('w2');
    await untilIds('w1 w2 w3');
    await catalog.warn('w3');
    await untilIds('w1 w2');
  });

  it('keeps the last known good set when all are critical, and says so once', async () => {
    const { ids, untilIds, logged } = await watchThree('c');
    for (const id of ['c1', 'c2', 'c3']) await catalog.fail(id);
    await until('it to notice', () => logged('names no healthy instance') === 1);
    // One after another they dropped out, and all are back: none is worse than the others.
    await untilIds('c1 c2 c3');
    await catalog.list({ id: 'c4', service: 'c' });
    await until('the news of a healthy one', () => ids().includes('c4'));
    for (const id of ['c1', 'c2', 'c3']) await catalog.pass(id);
    await untilIds('c1 c2 c3 c4');
    expect(logged('names no healthy instance')).to.equal(1);
  });

  it('leaves an instance out that flaps, until it has passed for a while', async () => {
    const { untilIds, heard } = await watchThree('f');
    for (let times = 1; times <= 3; times++) {
      await catalog.fail('f2');
      await untilIds('f1 f3');
      await catalog.pass('f2');
      if (times < 3) await untilIds('f1 f2 f3');
    }
    const passedAt = performance.now();
    const before = heard.length;
    for (let times = 1; times <= 20; times++) {
      await catalog.fail('f2');
      await catalog.pass('f2');
    }
    await untilIds('f1 f2 f3');
    expect(performance.now() - passedAt).to.be.above(4500);
    expect(heard.slice(before)).to.deep.equal(['f1 f2 f3']);
  });

  it('reads the weights, and hears when they change', async () => {
    const weightOf = (id: string) => watch?.set.current.find((instance) => instance.id === id)?.weight;
    const { set } = await watchThree('g');
    expect(set.current.map(({ weight }) => weight)).to.deep.equal([1, 1, 1]);
    await catalog.list({ id: 'g2', service: 'g', weight: 7 });
    await until('the new weight', () => weightOf('g2') === 7);
    expect(weightOf('g1')).to.equal(1);
  });

  it('drops instances in maintenance at once, even most of them, and takes them back after it', async () => {
    const { untilIds } = await watchThree('m');
    await catalog.maintain('m1', true);
    await untilIds('m2 m3');
    await catalog.maintain('m2', true);
    await untilIds('m3');
    await catalog.maintain('m1', false);
    await catalog.maintain('m2', false);
    await untilIds('m1 m2 m3');
  });

  it('drops all instances of a node in maintenance, even the last ones', async () => {
    const { untilIds, logged } = await watchThree('n');
    await catalog.maintainNode(true);
    try {
      await untilIds('');
    } finally {
      await catalog.maintainNode(false);
    }
    await untilIds('n1 n2 n3');
    expect(logged('Consul is away')).to.equal(0);
  });

  it('stands hundreds of changes a second, telling of few', async () => {
    const changes = 600;
    const { heard, set, untilIds } = await watchThree('s');
    const before = heard.length;
    const began = performance.now();
    for (let n = 0; n < changes; n += 2) {
      const id = `s${4 + (n % 10)}`;
      await catalog.list({ id, service: 's', port: 1000 + n });
      await catalog.unlist(id);
    }
    const tookMs = performance.now() - began;
    await catalog.list({ id: 's9', service: 's' });
    await untilIds('s1 s2 s3 s9');
    expect(set.failures).to.equal(0);
    // One at most for each 50 ms that it pauses, and the last.
    expect(heard.length - before).to.be.below(tookMs / 50 + 4);
    expect(changes / (tookMs / 1000)).to.be.above(20);
  });
});
