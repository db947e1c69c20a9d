import { Code } from '@connectrpc/connect';
import { openTestBed, type TestBed, until } from '@flight/local';
import { expect } from 'chai';
import { connect } from '../src/index.js';
import { caught } from './support/caught.js';
import { openNamedInstance, reached } from './support/named-instance.js';
import type { TestServer } from './support/test-server.js';

describe('the TypeScript SDK with a Consul agent', function () {
  this.timeout(60_000);
  let bed: TestBed;
  let instances: readonly TestServer[];

  before(async () => {
    bed = await openTestBed({ consul: true });
    instances = await Promise.all(['one', 'two', 'three'].map(openNamedInstance));
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
