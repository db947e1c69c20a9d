import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type pg from 'pg';
import { ANALYSTS_READ } from '../../src/infra/star-grants.js';
import { loadExample } from './support/example.js';
import { UNTIL_DONE } from './support/load.js';
import { openWarehouseBed, type WarehouseBed } from './support/warehouse-bed.js';

const PAGE = new URL('../../../../docs/warehouse.md', import.meta.url);

interface Question {
  readonly title: string;
  readonly query: string;
  readonly answer: readonly (readonly string[])[];
}

/** Every query of the page, with the heading above it and the table beneath it. */
function listQuestions(page: string): Question[] {
  const found = page.matchAll(/^### (.+)\n[^#]*?```sql\n([^`]+)```\n\n((?:\|.*\|\n)+)/gm);
  return [...found].map(([, title = '', query = '', table = '']) => {
    const [head = [], , ...rows] = table
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    return { title, query, answer: [head, ...rows] };
  });
}

/** As the table shows it: text as PostgreSQL writes it, nothing for null. */
async function ask(analyst: pg.Pool, query: string): Promise<string[][]> {
  const types = { getTypeParser: () => (text: string) => text };
  const { fields, rows } = await analyst.query<(string | null)[]>({ text: query, rowMode: 'array', types });
  return [fields.map(({ name }) => name), ...rows.map((row) => row.map((cell) => cell ?? ''))];
}

const page = await readFile(PAGE, 'utf8');
const questions = listQuestions(page);

describe('the page about the warehouse', function () {
  this.timeout(60_000);
  let bed: WarehouseBed;
  let analyst: pg.Pool;

  before(async () => {
    bed = await openWarehouseBed();
    const db = await bed.createWarehouse();
    await db.warehouse.prepare(UNTIL_DONE);
    await loadExample(db.warehouse);
    analyst = bed.connect(db.analyst, 'analyst', db.owner.name);
  });
  after(() => bed.close());

  it('has an answer beneath every query', () => {
    expect(questions).to.have.length(page.match(/```sql/g)?.length ?? 0);
    expect(questions).to.not.have.length(0);
  });

  for (const { title, query, answer } of questions)
    it(`answers an analyst's question as the warehouse does: ${title}`, async () => {
      expect(await ask(analyst, query)).to.deep.equal(answer);
    });

  it('leaves out no table and no view that analysts may read', () => {
    expect(ANALYSTS_READ.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).to.deep.equal([]);
  });
});
