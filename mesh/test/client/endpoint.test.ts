import { expect } from 'chai';
import { createEndpoint, type Endpoint } from '../../src/client/endpoint.js';
import type { Lane } from '../../src/lane/lane.js';

const LANE: Lane = {
  unary() {
    throw new Error('no call is sent here');
  },
  stream() {
    throw new Error('no call is sent here');
  },
  close: () => undefined,
};

const INSTANCE = { id: 'a', host: '127.0.0.1', port: 1, tags: [], metadata: {} };
const SOON_MS = 20;

/** An endpoint whose lane notes its closing. */
function openClosable() {
  let closed = 0;
  const lane: Lane = { ...LANE, close: () => void closed++ };
  return { endpoint: createEndpoint(INSTANCE, lane, () => undefined), closed: () => closed };
}

function open(): { readonly endpoint: Endpoint; readonly states: string[] } {
  const states: string[] = [];
  return { endpoint: createEndpoint(INSTANCE, LANE, ({ state }) => states.push(state)), states };
}

async function untilIdle(endpoint: Endpoint): Promise<void> {
  while (endpoint.outstanding > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('an endpoint', () => {
  it('counts what is in flight, each attempt once', () => {
    const { endpoint } = open();
    const [one, other] = [endpoint.begin(), endpoint.begin()];
    expect(endpoint.outstanding).to.equal(2);
    one.finish('succeeded');
    one.finish('failed');
    expect(endpoint.outstanding).to.equal(1);
    other.finish('succeeded');
    expect(endpoint.oldestSince).to.equal(undefined);
  });

  it('does not look idle because another instance was quicker', () => {
    const { endpoint } = open();
    const before = Date.now();
    endpoint.begin().outrun(Date.now() + 60_000, 'failed');
    expect(endpoint.outstanding).to.equal(1);
    expect(endpoint.oldestSince).to.be.within(before, Date.now());
  });

  it('is forgiven the attempts that were outrun as soon as it answers a later one', () => {
    const { endpoint, states } = open();
    for (let n = 0; n < 10; n++) endpoint.begin().outrun(Date.now() + 60_000, 'failed');
    endpoint.begin().finish('succeeded');
    expect(endpoint.outstanding).to.equal(0);
    expect(states).to.deep.equal([]);
  });

  it('is not forgiven by a refusal to say anything', () => {
    const { endpoint } = open();
    endpoint.begin().outrun(Date.now() + 60_000, 'failed');
    endpoint.begin().finish('abandoned');
    expect(endpoint.outstanding).to.equal(1);
  });

  it('has its breaker opened by attempts that were outrun and never answered', async () => {
    const { endpoint, states } = open();
    for (let n = 0; n < 5; n++) endpoint.begin().outrun(Date.now() + SOON_MS, 'failed');
    await untilIdle(endpoint);
    expect(states).to.deep.equal(['open']);
  });

  it('keeps its breaker closed when it was the callers who were impatient', async () => {
    const { endpoint, states } = open();
    for (let n = 0; n < 10; n++) endpoint.begin().outrun(Date.now() + SOON_MS, 'abandoned');
    await untilIdle(endpoint);
    expect(states).to.deep.equal([]);
  });

  it('retires when its last call is over, not before', () => {
    const { endpoint, closed } = openClosable();
    const [one, other] = [endpoint.begin(), endpoint.begin()];
    endpoint.retire();
    one.finish('succeeded');
    expect(closed()).to.equal(0);
    other.finish('failed');
    expect(closed()).to.equal(1);
  });

  it('retires at once when it has no calls', () => {
    const { endpoint, closed } = openClosable();
    endpoint.begin().finish('succeeded');
    endpoint.retire();
    expect(closed()).to.equal(1);
  });

  it('takes over its new weight', () => {
    const { endpoint } = open();
    expect(endpoint.weight).to.equal(1);
    endpoint.update({ ...INSTANCE, weight: 5 });
    expect(endpoint.weight).to.equal(5);
  });
});
