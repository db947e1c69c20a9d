import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { PlainError } from '../src/plain-error.js';
import { isFree } from '../src/processes/free-port.js';
import type { Instance, Stack, StackProcess } from '../src/stack/running-stack.js';
import { startStack } from '../src/stack/stack.js';
import { listPassing } from '../src/stack/stack-health.js';
import { createStackRecorder } from '../src/stack/stack-record.js';
import { waitUntil } from '../src/wait-until.js';
import { SMALL_SERVICES } from './fixture/small-services.js';

function getInstance(stack: Stack, id: string): Instance {
  const instance = stack.instances.find((candidate) => candidate.id === id);
  if (!instance) throw new Error(`no ${id}`);
  return instance;
}

function getServer(stack: Stack, id: string): StackProcess {
  const server = stack.infrastructure.find((candidate) => candidate.id === id);
  if (!server) throw new Error(`no ${id}`);
  return server;
}

async function readEnvironment(instance: Instance): Promise<Record<string, string>> {
  const response = await fetch(`${instance.adminUrl}/environment`);
  return (await response.json()) as Record<string, string>;
}

describe('the stack', function () {
  this.timeout(120_000);
  const lines: string[] = [];
  let stack: Stack;

  before(async () => {
    stack = await startStack({
      services: SMALL_SERVICES,
      counts: { small: 3 },
      environment: { EDGE_POLICY: 'strict' },
      report: (line) => lines.push(line),
    });
  });

  after(() => stack.close());

  it('is ready when every instance passes in Consul', async () => {
    expect(await listPassing(stack.consulUrl, 'small')).to.deep.equal(
      new Set(['small_1', 'small_2', 'small_3']),
    );
    expect((await fetch(`${stack.edgeUrl}/readyz`)).status).to.equal(200);
  });

  it('tells each instance everything through its environment', async () => {
    const one = getInstance(stack, 'small_1');
    const environment = await readEnvironment(one);
    expect(environment).to.include({
      INSTANCE_ID: 'small_1',
      HOST: '127.0.0.1',
      CONSUL_URL: stack.consulUrl,
      DATABASE_SERVICE: 'small-db',
      DATABASE_NAME: 'smalls',
      DATABASE_USER: 'small_service',
      REDIS_NODES: stack.redisNodes,
      REDIS_MODE: 'single',
      REDIS_PASSWORD: stack.redisPassword,
      EDGE_POLICY: 'strict',
      ANALYST_ROLE: 'small_reader',
    });
    expect(`127.0.0.1:${environment.GRPC_PORT}`).to.equal(one.grpcAddress);
    expect(environment.SIGNING_KEY_SECRET).to.have.length.of.at.least(32);
    expect(environment.SERVICE_SECRET).to.have.length.of.at.least(32);
    const front = await readEnvironment(getInstance(stack, 'front_1'));
    expect(front.HTTP_PORT).to.equal(new URL(stack.edgeUrl).port);
    expect(front).to.not.have.any.keys('GRPC_PORT', 'DATABASE_PASSWORD', 'SIGNING_KEY_SECRET');
  });

  it('gives the services databases that they can enter', async () => {
    const [database] = stack.databases;
    const client = new pg.Client({
      host: stack.postgres.host,
      port: stack.postgres.port,
      user: database?.user,
      password: database?.password,
      database: database?.name,
    });
    await client.connect();
    await client.query('create table entered (id integer)');
    await client.end();
  });

  it('lets readers into them, and writes down for other terminals who they are but no password', async () => {
    const [database] = stack.databases;
    const { host, port } = stack.postgres;
    const client = new pg.Client({ host, port, database: database?.name, ...database?.reader });
    await client.connect();
    await client.end();
    const recorder = createStackRecorder(stack);
    await recorder.write();
    const record = await readFile(join(stack.dataDir, 'stack.json'), 'utf8');
    await recorder.close();
    expect(record).to.include('small_reader');
    const passwords = [database?.password, database?.reader?.password];
    for (const password of passwords) expect(record).not.to.include(password ?? expect.fail());
  });

  it('starts a killed instance again on the same port and says so in plain lines', async () => {
    const before = getInstance(stack, 'small_2');
    stack.kill('small_2');
    await waitUntil(
      async () => {
        const { pid } = getInstance(stack, 'small_2');
        return pid === undefined || pid === before.pid ? 'not restarted' : undefined;
      },
      { what: 'small_2', timeoutMs: 10_000 },
    );
    await stack.untilHealthy();
    expect(getInstance(stack, 'small_2').grpcAddress).to.equal(before.grpcAddress);
    const told = lines.filter((line) => line.startsWith('small_2 '));
    expect(told[0]).to.match(/ended with signal SIGKILL .* starting it again in 0\.5 s/);
    expect(told[1]).to.match(/runs again, pid \d+/);
  });

  it('restarts one instance on demand', async () => {
    const before = getInstance(stack, 'small_3').pid;
    await stack.restart('small_3');
    expect(getInstance(stack, 'small_3').pid).to.be.a('number').that.does.not.equal(before);
    expect(await listPassing(stack.consulUrl, 'small')).to.include('small_3');
  });

  it('stops and starts each server of the infrastructure', async () => {
    for (const name of ['redis', 'postgres', 'consul'] as const) {
      const port = Number(getServer(stack, name).address.split(':')[1]);
      await stack.stopInfra(name);
      expect(getServer(stack, name).pid).to.equal(undefined);
      expect(await isFree(port), `${name} is down`).to.equal(true);
      await stack.startInfra(name);
      expect(getServer(stack, name).pid).to.be.a('number');
      expect(await isFree(port), `${name} is up`).to.equal(false);
    }
    await waitUntil(
      async () => {
        const passing = await listPassing(stack.consulUrl, 'small-db');
        return passing.has('small-db-1') ? undefined : 'not in the catalog';
      },
      { what: 'the database that the restarted agent registers', timeoutMs: 10_000 },
    );
  });

  it('refuses a process that it does not have', () => {
    expect(() => stack.kill('small_9')).to.throw('no process called small_9');
  });

  it('gives up at once, with its last words, on a service that keeps dying', async () => {
    const [service] = SMALL_SERVICES;
    if (!service) throw new Error('no service');
    const entry = new URL('./fixture/refusing-service.js', import.meta.url).pathname;
    const starting = startStack({ services: [{ ...service, entry, count: 1 }] });
    const error = await starting.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PlainError);
    expect(String(error)).to.match(/small_1 ended 5 times while starting: DATABASE_FLAVOUR is missing/);
  });

  it('says what to do when a service is not built', async () => {
    const [service] = SMALL_SERVICES;
    if (!service) throw new Error('no service');
    const starting = startStack({ services: [{ ...service, entry: 'nowhere/main.js' }] });
    expect(String(await starting.catch((thrown: unknown) => thrown))).to.match(
      /small is not built .* make build/,
    );
  });

  it('leaves nothing running after close', async () => {
    const addresses = [...stack.infrastructure, ...stack.instances].map(({ address }) => address);
    await stack.close();
    for (const address of addresses)
      expect(await isFree(Number(address.split(':')[1])), address).to.equal(true);
  });
});
