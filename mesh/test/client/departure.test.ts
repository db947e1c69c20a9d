import { createServer, type Server } from 'node:net';
import { until } from '@flight/local';
import { UserServiceDefinition } from '@flight/proto/user';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { Client } from '../../src/client/dial.js';
import { toMethods } from '../../src/method.js';
import { deregister, registerUnchecked } from '../support/register-unchecked.js';
import { openTestProcess } from '../support/test-process.js';
import { openUserMesh, type UserMesh } from '../support/user-mesh.js';
import { naming } from '../support/user-service.js';

describe('a call to an instance that goes', function () {
  this.timeout(30_000);
  let mesh: UserMesh;

  before(async () => {
    mesh = await openUserMesh();
  });

  afterEach(() => mesh.closeServers());
  after(() => mesh.close());

  it('reaches the living when an instance dies without a word', async () => {
    const client = await mesh.dialled('dying', { alive: naming('alive', []) });
    const dead = await openSilentDeath();
    await registerUnchecked(mesh.bed.consulUrl, { id: 'dead', service: 'dying', port: dead.port });
    await until('the dead one to be known', () => mesh.caller.instances('dying').current.length === 2);
    for (let n = 0; n < 50; n++) await client.getJsonWebKeySet({}, { timeoutMs: 1000 });
    await deregister(mesh.bed.consulUrl, 'dead');
    dead.close();
  });

  it('tries elsewhere what a callee broke off because it was made to stop', async () => {
    const calls: string[] = [];
    const client = await mesh.dialled('stopping', { alive: naming('alive', calls) });
    const stopping = await openStoppingServer();
    await registerUnchecked(mesh.bed.consulUrl, { id: 'stopping', service: 'stopping', port: stopping.port });
    await until('both to be known', () => mesh.caller.instances('stopping').current.length === 2);
    while (!stopping.wasCalled()) await client.getJsonWebKeySet({}, { timeoutMs: 1000 });
    expect(calls).to.include('alive');
    await deregister(mesh.bed.consulUrl, 'stopping');
  });

  it('breaks no call off because its instance left', async () => {
    const { consulUrl } = mesh.bed;
    const calls = { retries: false, hedges: false };
    const once = await openTestProcess({ consulUrl, service: 'caller', instance: 'caller_2', calls });
    const set = once.instances('leaving');
    const ids = () => set.current.map(({ id }) => id);
    const made: Promise<unknown>[] = [];
    // Hears first, before the channel of the one that left is let go: these calls are the last that go to it.
    set.onChange(() => {
      for (let n = 0; client !== undefined && n < 20; n++) made.push(client.getJsonWebKeySet({}));
    });
    let client: Client<typeof UserServiceDefinition> | undefined;
    client = await mesh.dialled('leaving', { stays: naming('stays', []) }, once);
    const [stays] = set.current;
    for (let round = 0; round < 3; round++) {
      // The same server under a second name, so that its leaving is nothing but news.
      await registerUnchecked(consulUrl, { id: 'leaves', service: 'leaving', port: stays?.port ?? 0 });
      await until('it to be known', () => ids().includes('leaves'));
      await deregister(consulUrl, 'leaves');
      await until('it to have left', () => !ids().includes('leaves'));
    }
    expect(made.length).to.be.at.least(60);
    await Promise.all(made);
    await once.close();
  });
});

/** A port that accepts connections and breaks them at once, as a dying process does. */
async function openSilentDeath(): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, close: () => void server.close() };
}

/** A server that shuts down by force, breaking off its calls, as soon as it is called. */
async function openStoppingServer(): Promise<{ readonly port: number; wasCalled(): boolean }> {
  const { getJsonWebKeySet } = toMethods(UserServiceDefinition);
  if (getJsonWebKeySet === undefined) throw new Error('no such method');
  const server = new GrpcServer();
  let called = false;
  server.addService(
    { getJsonWebKeySet },
    {
      getJsonWebKeySet: () => {
        called = true;
        server.forceShutdown();
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, wasCalled: () => called };
}
