import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { STAGE_TABLES } from '../../src/infra/stage-changes.js';
import { readStarFile, SEAL_FILES, STAR_FILES, STAR_VERSION } from '../../src/infra/star-ddl.js';
import { ANALYSTS_READ } from '../../src/infra/star-grants.js';
import { UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed, type WarehouseDatabase } from './support/warehouse-bed.js';

/** The shape that STAR_VERSION stands for. Where it changes, raise the version: stars of the earlier one are rebuilt then. */
const SHAPE = { version: 1, digest: '1a127c6b59aae1ce' };

const FILES = [...STAR_FILES, ...Object.values(SEAL_FILES)];

describe('the shape of the star', function () {
  this.timeout(60_000);
  let bed: WarehouseBed;
  let db: WarehouseDatabase;

  before(async () => {
    bed = await openWarehouseBed();
    db = await bed.createWarehouse();
    await db.warehouse.prepare(UNTIL_DONE);
  });
  after(() => bed.close());

  it('has a new version whenever its files change', async () => {
    const hash = createHash('sha256');
    for (const name of FILES) hash.update(await readStarFile(name));
    expect({ version: STAR_VERSION, digest: hash.digest('hex').slice(0, 16) }).to.deep.equal(SHAPE);
  });

  it('is made of every file in its folder', async () => {
    const folder = new URL('../../../star/', import.meta.url);
    expect((await readdir(folder)).toSorted()).to.deep.equal(FILES.toSorted());
  });

  it('lets a crash of the server empty what is staged and its position together', async () => {
    const { rows } = await db.sql.query<{ name: string }>(
      `select relname as name from pg_class
        where relnamespace = 'warehouse'::regnamespace and relkind = 'r' and relpersistence = 'u' order by 1`,
    );
    const staged = [...Object.values(STAGE_TABLES).flat(), 'stage_position'];
    expect(rows.map(({ name }) => name)).to.deep.equal(staged.toSorted());
  });

  it('lets analysts read its dimensions, facts and views, and nothing else', async () => {
    const analyst = bed.connect(db.analyst, 'analyst', db.owner.name);
    const { rows } = await db.sql.query<{ name: string }>(
      `select relname as name from pg_class
        where relnamespace = 'warehouse'::regnamespace and relkind in ('r', 'v') order by 1`,
    );
    const readable: string[] = [];
    for (const { name } of rows)
      await analyst.query(`select from ${name}`).then(
        () => readable.push(name),
        (error: { code?: string }) => expect(error.code).to.equal('42501'),
      );
    expect(readable).to.deep.equal([...ANALYSTS_READ].toSorted());
    expect(readable.filter((name) => !/^(dim|fact)_/.test(name))).to.deep.equal(
      rows.map(({ name }) => name).filter((name) => /_by_|freshness/.test(name)),
    );
    for (const statement of [
      'delete from fact_booking',
      'insert into dim_payment_method (payment_method) values (1)',
      'create table warehouse.mine ()',
      'set search_path = warehouse; create temporary view v as select user_id from user_identity',
    ])
      await analyst.query(statement).then(
        () => expect.fail(statement),
        (error: { code?: string }) => expect(error.code).to.equal('42501'),
      );
  });

  it('lets nobody in, and says so, where the role of the analysts does not exist', async () => {
    const { another, lines, sql } = await bed.createWarehouse();
    expect(await another({ analystRole: 'nobody_of_this_name' }).prepare(UNTIL_DONE)).to.equal('ready');
    expect(lines.join('')).to.contain('the role of the analysts does not exist');
    const { rows } = await sql.query<{ acl: string | null }>(
      `select nspacl::text as acl from pg_namespace where nspname = 'warehouse'`,
    );
    expect(rows).to.deep.equal([{ acl: null }]);
  });
});
