import { Code } from '@connectrpc/connect';
import { credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { connect, type FlightClient } from '../src/index.js';
import { UserService } from '../src/user.js';
import { caught } from './support/caught.js';
import { certificate } from './support/certificate.js';
import { openTestAgent, sayThat, type TestAgent } from './support/test-agent.js';
import { openTestServer, type TestServer } from './support/test-server.js';

describe('a certificate before the TypeScript SDK', () => {
  let server: TestServer;
  let agent: TestAgent;
  let client: FlightClient | undefined;
  const settings = { credentials: credentials.createSsl(Buffer.from(certificate.cert)) };

  beforeEach(async () => {
    server = await openTestServer(
      (router) => router.service(UserService, { login: () => ({ userId: 1n }) }),
      certificate,
    );
    agent = await openTestAgent();
  });

  afterEach(async () => {
    client?.close();
    agent.close();
    await server.close();
  });

  it('is good when it names the service that Consul was asked for', async () => {
    agent.script((response) => sayThat(response, 7, [server.address]));
    client = connect({ ...settings, consul: agent.url });
    expect(await client.users.login({})).to.include({ userId: 1n });
  });

  it('is good when it names the host that was given', async () => {
    const address = server.address.replace('127.0.0.1', 'localhost');
    client = connect({ ...settings, addresses: { 'user-service': [address] } });
    expect(await client.users.login({})).to.include({ userId: 1n });
  });

  it('is not good for another host', async () => {
    client = connect({ ...settings, addresses: { 'user-service': [server.address] } });
    expect(await caught(client.users.login({}))).to.include({ code: Code.Unavailable });
  });
});
