import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { createConsulAgent } from '../../src/consul/agent.js';
import { openTestProcess } from '../support/test-process.js';
import { serveUsers } from '../support/user-service.js';

describe('registration in Consul', function () {
  this.timeout(30_000);
  let bed: TestBed;

  before(async () => {
    bed = await openTestBed({ consul: true });
  });

  after(() => bed.close());

  it('names the instance, its address and what it says of itself, and is passing at once', async () => {
    const service = 'named';
    const server = await serveUsers({ consulUrl: bed.consulUrl, service, instance: 'named_1', handlers: {} });
    const agent = createConsulAgent({ url: bed.consulUrl, token: undefined });
    const { sightings } = await agent.observe({
      service,
      index: 0,
      waitSeconds: 1,
      signal: new AbortController().signal,
    });
    expect(sightings).to.have.length(1);
    expect(sightings[0]?.health).to.equal('passing');
    expect(sightings[0]?.instance).to.deep.include({ id: 'named_1', host: '127.0.0.1' });
    expect(sightings[0]?.instance.metadata).to.have.keys('version', 'admin_port');
    agent.close();
    await server.close();
  });

  it('comes back when the agent forgot it, and says so', async () => {
    const lines: string[] = [];
    const server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'lost',
      instance: 'lost_1',
      handlers: {},
      lines,
    });
    const agent = createConsulAgent({ url: bed.consulUrl, token: undefined });
    await agent.deregister('lost_1');
    await until('the instance to be registered again', () => agent.isRegistered('lost_1'), 15_000);
    await until('it to say so', () => lines.join('').includes('did not know this instance'));
    agent.close();
    await server.close();
  });

  it('leaves when it stops, and callers hear', async () => {
    const caller = await openTestProcess({
      consulUrl: bed.consulUrl,
      service: 'caller',
      instance: 'caller_1',
    });
    const stays = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'leaving',
      instance: 'stays',
      handlers: {},
    });
    const leaves = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'leaving',
      instance: 'leaves',
      handlers: {},
    });
    const known = caller.instances('leaving');
    await until('both to be known', () => known.current.length === 2);
    await leaves.close();
    await until('one to be left', () => known.current.length === 1);
    expect(known.current[0]?.id).to.equal('stays');
    await stays.close();
    await caller.close();
  });

  it('keeps the last one known when it leaves too', async () => {
    const caller = await openTestProcess({
      consulUrl: bed.consulUrl,
      service: 'caller',
      instance: 'caller_2',
    });
    const only = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'last',
      instance: 'last_1',
      handlers: {},
    });
    const known = caller.instances('last');
    await until('it to be known', () => known.current.length === 1);
    await only.close();
    const agent = createConsulAgent({ url: bed.consulUrl, token: undefined });
    expect(await agent.isRegistered('last_1')).to.equal(false);
    expect(known.current.map(({ id }) => id)).to.deep.equal(['last_1']);
    agent.close();
    await caller.close();
  });
});
