import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { createPortChooser, isFree } from '../src/processes/free-port.js';
import { openTemporaryFolder, type TemporaryFolder } from '../src/processes/temporary-folder.js';
import { openConsul, prepareConsul } from '../src/servers/consul-server.js';
import { createDatabase } from '../src/servers/create-database.js';
import { writeDatabaseDefinitions } from '../src/servers/database-registration.js';
import { connectAsSuperuser, openPostgres } from '../src/servers/postgres-server.js';
import { openRedis } from '../src/servers/redis-server.js';
import { listPassing } from '../src/stack/stack-health.js';
import { waitUntil } from '../src/wait-until.js';

describe('the servers', function () {
  // The first run on a machine fetches programs.
  this.timeout(180_000);
  let folder: TemporaryFolder;

  before(async () => {
    folder = await openTemporaryFolder('flight-servers-test-');
  });

  after(() => folder.close());

  it('start PostgreSQL, keep its data from one start to the next and free its port', async () => {
    const dataDir = join(folder.path, 'postgres');
    const first = await openPostgres({ dataDir });
    const client = await connectAsSuperuser(first, 'postgres');
    await client.query('create table kept as select 42 as answer');
    await client.end();
    await first.close();
    expect(await isFree(first.port)).to.equal(true);

    const second = await openPostgres({ dataDir, port: first.port });
    try {
      const again = await connectAsSuperuser(second, 'postgres');
      expect((await again.query('select answer from kept')).rows).to.deep.equal([{ answer: 42 }]);
      await again.end();
    } finally {
      await second.close();
    }
  });

  it('give each service a database that only its own role enters, as often as asked', async () => {
    const server = await openPostgres({ dataDir: join(folder.path, 'owners'), durable: false });
    try {
      const one = { name: 'ones', user: 'one', password: "it's one" };
      const two = { name: 'twos', user: 'two', password: 'two' };
      for (const owner of [one, two, one]) await createDatabase(server, owner);

      const connect = (owner: typeof one, database: string) =>
        new pg.Client({
          host: server.host,
          port: server.port,
          user: owner.user,
          password: owner.password,
          database,
        });
      const client = connect(one, 'ones');
      await client.connect();
      await client.query('create table public.mine (id integer)');
      const { rows } = await client.query(
        'select rolsuper, rolcreatedb from pg_roles where rolname = current_user',
      );
      expect(rows).to.deep.equal([{ rolsuper: false, rolcreatedb: false }]);
      await client.end();

      const intruder = connect(two, 'ones');
      const refusal = await intruder.connect().catch((thrown: unknown) => thrown);
      expect(refusal).to.have.property('code', '42501');
      const guesser = connect({ ...one, password: 'guessed' }, 'ones');
      expect(await guesser.connect().catch((thrown: unknown) => thrown)).to.have.property('code', '28P01');
    } finally {
      await server.close();
    }
  });

  it('let a reader in who sees what the owner grants, by its short name, and changes nothing', async () => {
    const server = await openPostgres({ dataDir: join(folder.path, 'readers'), durable: false });
    const reader = { user: 'reader', password: "it's read" };
    const shelf = { name: 'shelf', user: 'shelver', password: 'shelver', reader };
    const other = { name: 'other', user: 'another', password: 'another' };
    const clients: pg.Client[] = [];
    const connect = async ({ user, password }: typeof reader, database: string) => {
      const client = new pg.Client({ host: server.host, port: server.port, user, password, database });
      clients.push(client);
      await client.connect();
      return client;
    };
    const refusalOf = (asking: Promise<unknown>) =>
      asking.then(
        () => undefined,
        (thrown: { code?: string }) => thrown.code,
      );
    try {
      for (const owner of [shelf, other, shelf]) await createDatabase(server, owner);
      const owner = await connect(shelf, 'shelf');
      await owner.query('create schema shelf');
      await owner.query('create table shelf.book as select 42 as pages');
      await owner.query('create table shelf.diary as select 7 as secrets');
      await owner.query('grant usage on schema shelf to reader');
      await owner.query('grant select, insert on shelf.book to reader');

      const client = await connect(reader, 'shelf');
      expect((await client.query('select pages from book')).rows).to.deep.equal([{ pages: 42 }]);
      expect(await refusalOf(client.query('select from diary'))).to.equal('42501');
      expect(await refusalOf(client.query('insert into book values (1)'))).to.equal('25006');
      // What forgets that, or does not care, is left with its rights.
      await client.query('set default_transaction_read_only = off');
      for (const making of ['create temporary table mine ()', 'create table shelf.mine ()'])
        expect(await refusalOf(client.query(making)), making).to.equal('42501');
      const { rows } = await client.query('show statement_timeout');
      expect(rows).to.deep.equal([{ statement_timeout: '1min' }]);
      expect(await refusalOf(connect(reader, 'other'))).to.equal('42501');
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await server.close();
    }
  });

  it('start Redis with a password and free its port', async () => {
    const redis = await openRedis({ dataDir: join(folder.path, 'redis'), password: 'secret' });
    const port = Number(redis.nodes.split(':')[1]);
    expect(await isFree(port)).to.equal(false);
    await redis.close();
    expect(await isFree(port)).to.equal(true);
  });

  it('start a Consul that knows the databases again after a restart', async () => {
    const dataDir = join(folder.path, 'consul');
    const port = await createPortChooser('random')();
    const { configDir, url } = await prepareConsul({ dataDir, port });
    await writeDatabaseDefinitions(configDir, [{ service: 'some-db', host: '127.0.0.1', port }]);
    for (let start = 1; start <= 2; start += 1) {
      const consul = await openConsul({ dataDir, port });
      try {
        await waitUntil(
          async () => ((await listPassing(url, 'some-db')).has('some-db-1') ? undefined : 'not registered'),
          { what: 'some-db', timeoutMs: 10_000 },
        );
        const root = await fetch(`${url}/v1/connect/ca/roots`);
        expect(root.status, 'Connect is on').to.equal(200);
        expect((await fetch(`${url}/ui/`)).status, 'the UI is on').to.equal(200);
      } finally {
        await consul.close();
      }
      expect(await isFree(port)).to.equal(true);
    }
  });

  it('say which server failed and where its log is', async () => {
    const taken = await openRedis({ dataDir: join(folder.path, 'taken') });
    try {
      const port = Number(taken.nodes.split(':')[1]);
      const error = await openPostgres({ dataDir: join(folder.path, 'refused'), port }).catch(
        (thrown: unknown) => thrown,
      );
      expect(String(error)).to.match(/PostgreSQL .* ended with code 1; see .*postgres\.log/);
    } finally {
      await taken.close();
    }
  });
});
