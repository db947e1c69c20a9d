import { type Stack, startStack } from '@flight/local';
import { expect } from 'chai';
import pg from 'pg';
import { type Customer, makeCustomer, signIn } from '../src/customer.js';
import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { type Ask, createClient } from '../src/http-client.js';

describe('the strict policy', function () {
  this.timeout(120_000);
  let stack: Stack;
  let ask: Ask;
  let alice: Customer;
  let bob: Customer;
  let staffToken: string;

  before(async () => {
    const environment = { ...FAR_DEADLINES, EDGE_POLICY: 'strict' };
    stack = await startStack({ counts: { 'user-service': 1, 'booking-service': 1 }, environment });
    ask = createClient(stack.edgeUrl);
    alice = await makeCustomer(ask, 'alice');
    bob = await makeCustomer(ask, 'bob');
    staffToken = await makeStaff();
  });

  after(() => stack?.close());

  /** Makes a member of staff the way an operator does: in the database. */
  async function makeStaff(): Promise<string> {
    const member = await makeCustomer(ask, 'staff');
    const database = stack.databases.find(({ service }) => service === 'user-db');
    if (database === undefined) throw new Error('the stack has no user-db');
    const { host, port } = stack.postgres;
    const client = new pg.Client({
      host,
      port,
      database: database.name,
      user: database.user,
      password: database.password,
    });
    await client.connect();
    await client.query(`update user_account set roles = '{staff}' where id = $1`, [member.userId]);
    await client.end();
    return (await signIn(ask, member.username, member.password)).token;
  }

  it('shows subscriptions to their owner and to staff', async () => {
    const path = `/api/auth/user-subscriptions/${alice.userId}`;
    expect((await ask('GET', path)).status).to.equal(401);
    expect((await ask('GET', path, bob)).status).to.equal(403);
    expect((await ask('GET', path, alice)).status).to.equal(200);
    expect((await ask('GET', path, { token: staffToken })).status).to.equal(200);
  });

  it('lets staff change the status of a flight, and nobody else', async () => {
    const path = '/api/flight/flights/FL001';
    const json = { status: 'Delayed' };
    expect((await ask('PATCH', path, { json })).status).to.equal(401);
    expect((await ask('PATCH', path, { ...alice, json })).status).to.equal(403);
    // Allowed, and there is no such flight: seeding is not to be had under this policy.
    expect((await ask('PATCH', path, { token: staffToken, json })).status).to.equal(404);
  });

  it('does not know the endpoints for trying things out', async () => {
    for (const path of ['/seed', '/api/flight/seed', '/api/auth/simulate-failure']) {
      expect((await ask('GET', path)).status).to.equal(404);
    }
    const { body } = await ask('GET', '/openapi.json');
    expect(Object.keys((body as { paths: object }).paths)).not.to.include('/seed');
  });

  it('takes no short and no common password', async () => {
    for (const password of ['short', 'password123']) {
      const json = { username: 'weak', email: 'weak@example.com', password };
      expect((await ask('POST', '/api/auth/register', { json })).status).to.equal(400);
    }
  });
});
