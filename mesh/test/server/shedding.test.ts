import { openTestBed, type TestBed, until } from '@flight/local';
import { FaultInjectionServiceDefinition } from '@flight/proto/mesh';
import { UserServiceDefinition } from '@flight/proto/user';
import { Client, credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { Fault } from '../../src/fault.js';
import type { MeshProcess } from '../../src/process.js';
import { faultOf } from '../support/fault-of.js';
import { openRawClient, type RawClient } from '../support/raw-client.js';
import { serveUsers } from '../support/user-service.js';

const AT_ONCE = 20;

describe('a server with more calls than it can bear', function () {
  this.timeout(20_000);
  let bed: TestBed;
  let server: MeshProcess & { readonly address: string };
  let client: RawClient;
  let begun = 0;
  let letGo: () => void;
  let held: Promise<void>;

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'full',
      instance: 'full_1',
      callsAtOnce: AT_ONCE,
      handlers: {
        getJsonWebKeySet: async () => {
          begun += 1;
          await held;
          return { keys: [] };
        },
      },
    });
    client = openRawClient(server.address);
  });

  beforeEach(() => {
    begun = 0;
    held = new Promise((resolve) => {
      letGo = resolve;
    });
  });

  after(async () => {
    client.close();
    await server.close();
    await bed.close();
  });

  const ask = () => client.call(UserServiceDefinition, 'getJsonWebKeySet', {}, { timeoutMs: 10_000 });

  /** The sum of a metric over its labels. */
  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
    const rows = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
  }

  it('refuses the surplus at once, says when to come back, and finishes what it let in', async () => {
    const answers: string[] = [];
    const asking = Array.from({ length: 3 * AT_ONCE }, () =>
      ask().then(
        () => answers.push('answered'),
        ({ reason, retryAfterMs }: Fault) => answers.push(`${reason} ${retryAfterMs}`),
      ),
    );
    await until('the surplus to be refused', () => answers.length === 2 * AT_ONCE);
    expect(new Set(answers)).to.deep.equal(new Set(['OVERLOADED 250']));
    expect(begun).to.equal(AT_ONCE);
    expect(await metric('grpc_server_in_flight')).to.equal(AT_ONCE);
    letGo();
    await Promise.all(asking);
    expect(answers.filter((answer) => answer === 'answered')).to.have.length(AT_ONCE);
    expect(await metric('grpc_server_shed_total')).to.equal(2 * AT_ONCE);
    expect(await metric('grpc_server_in_flight')).to.equal(0);
    await ask();
  });

  it('refuses within 50 ms', async () => {
    const asking = Array.from({ length: AT_ONCE }, ask);
    await until('the server to be full', () => begun === AT_ONCE);
    const times: number[] = [];
    for (let n = 0; n < 20; n++) {
      const began = performance.now();
      expect(await faultOf(ask())).to.include({ kind: 'resource_exhausted', reason: 'OVERLOADED' });
      times.push(performance.now() - began);
    }
    letGo();
    await Promise.all(asking);
    expect(times.sort((one, other) => one - other)[10]).to.be.below(50);
  });

  it('still tells its health and takes operators in', async () => {
    const asking = Array.from({ length: AT_ONCE }, ask);
    await until('the server to be full', () => begun === AT_ONCE);
    expect((await faultOf(ask())).reason).to.equal('OVERLOADED');
    expect(await healthOf(server.address)).to.deep.equal(Buffer.from([0x08, 0x01]));
    const clearing = client.call(FaultInjectionServiceDefinition, 'clearFaults', {
      method: '',
      requestId: '',
    });
    expect((await faultOf(clearing)).reason).to.equal('FAULT_INJECTION_OFF');
    letGo();
    await Promise.all(asking);
  });
});

/** What grpc.health.v1.Health/Check answers for the whole server: the bytes of {status: SERVING} are 08 01. */
function healthOf(address: string): Promise<Buffer | undefined> {
  const client = new Client(address, credentials.createInsecure());
  const whole = (bytes: Buffer) => bytes;
  return new Promise<Buffer | undefined>((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      whole,
      whole,
      Buffer.alloc(0),
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      },
    );
  }).finally(() => client.close());
}
