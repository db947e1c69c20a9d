import { compareListed } from '../data/etl/compare-rows.js';
import type { Bound, Figures, Outcome } from '../drill.js';
import type { ComposeContext, ComposeDrill } from './context.js';
import type { Engine } from './engine.js';
import { killFor } from './kill-for.js';
import { lookFor } from './look-for.js';
import { findPrimary, firstOf } from './roles.js';
import { drillUnderLoad } from './under-load.js';

const SUCCESS_TIMEOUT_MS = 60_000;
/** A lock whose holder vanished without a word is free after 15 s. */
const TAKEN_OVER_MS = 20_000;

/** What loads the warehouse, and the warehouse, under load: users notice nothing, and afterwards every row is there once. */
export const WAREHOUSE_DRILLS: readonly ComposeDrill[] = [
  {
    name: 'etl-service',
    demand: '0 failed, another one loads within 20 s, warehouse = sources row by row',
    run: (context) =>
      drillWarehouse(
        context,
        () => killLoader(context),
        (figures) => [
          [(figures['taken over ms'] ?? Infinity) <= TAKEN_OVER_MS, 'another one loads within 20 s'],
        ],
      ),
  },
  {
    name: 'warehouse',
    demand: '0 failed, warehouse = sources row by row',
    run: (context) =>
      drillWarehouse(
        context,
        async () => {
          const container = await firstOf(context.engine, 'warehouse');
          context.report(`kills ${container}`);
          await killFor(context.engine, container);
          return {};
        },
        () => [],
      ),
  },
];

async function drillWarehouse(
  context: ComposeContext,
  act: () => Promise<Figures>,
  bounds: (figures: Figures) => readonly Bound[],
): Promise<Outcome> {
  const { engine, report } = context;
  const outcome = await drillUnderLoad(context, act, ({ failed }) => [[failed === 0, 'no request failed']]);
  const figures = { ...outcome.measured, ...(await compareWarehouse(engine, report)) };
  const kept: readonly Bound[] = [
    ...bounds(figures),
    [figures.missing === 0, 'every row is in the warehouse'],
    [figures.surplus === 0, 'no row is there twice, or nowhere else'],
  ];
  const missed = kept.flatMap(([isKept, bound]) => (isKept ? [] : [bound]));
  return { ...outcome, measured: figures, missed: [...outcome.missed, ...missed] };
}

/** Kills the etl-service that carried the latest run out, and waits for the other one to carry out one. */
async function killLoader({ engine, report }: ComposeContext): Promise<Figures> {
  const [latest = ''] = await askWarehouse(
    engine,
    "select instance from etl.run where instance <> '' order by id desc limit 1",
  );
  const containers = await engine.listContainers('etl-service');
  const container = containers.find((name) => name.endsWith(`-${latest.split('_').at(-1)}`));
  if (container === undefined) throw new Error(`no container of ${latest}`);
  report(`kills ${container}`);
  let tookMs = Infinity;
  await killFor(engine, container, async () => {
    const began = performance.now();
    const [newest] = await askWarehouse(engine, 'select max(id) from etl.run');
    const isTakenOver = async () => {
      const others = await askWarehouse(
        engine,
        `select id from etl.run where id > ${newest} and state = 'SUCCEEDED' and instance <> '${latest}' limit 1`,
      );
      return others.length > 0;
    };
    await lookFor('a run by another etl-service', isTakenOver, SUCCESS_TIMEOUT_MS);
    tookMs = performance.now() - began;
  });
  return { 'taken over ms': Math.round(tookMs) };
}

/** Loads what changed before now, and compares the warehouse with the sources' own tables. Nobody may be writing. */
async function compareWarehouse(engine: Engine, report: (line: string) => void): Promise<Figures> {
  const load = async () => {
    try {
      const told = await engine.compose(
        'exec',
        '-T',
        'etl-service',
        'node',
        'etl-service/dist/src/ask/main.js',
      );
      report(told.trim().split('\n').at(-1) ?? '');
      return true;
    } catch (error) {
      report(String(error));
      return false;
    }
  };
  await lookFor('a run that succeeds', load, SUCCESS_TIMEOUT_MS);
  const primaries = {
    bookings: await findPrimary(engine, 'booking-db'),
    users: await findPrimary(engine, 'user-db'),
  };
  const { compared, missing, surplus, examples } = await compareListed(
    (database, text) =>
      database === 'warehouse'
        ? askWarehouse(engine, text)
        : askSource(engine, primaries[database], database, text),
    report,
  );
  for (const example of examples) report(example);
  return { compared, missing, surplus };
}

const PSQL = ['psql', '--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--field-separator=: '];

/** The rows that a query answers, as lines. */
async function askWarehouse(engine: Engine, text: string): Promise<readonly string[]> {
  const container = await firstOf(engine, 'warehouse');
  const args = ['--username=etl_service', '--dbname=warehouse', `--command=${text}`];
  return toLines(await engine.docker('exec', container, ...PSQL, ...args));
}

async function askSource(
  engine: Engine,
  primary: string,
  database: string,
  text: string,
): Promise<readonly string[]> {
  const asSuperuser = 'PGPASSWORD=$(cat "$SUPERUSER_PASSWORD_FILE") "$@"';
  const args = ['--host=127.0.0.1', '--username=postgres', `--dbname=${database}`, `--command=${text}`];
  return toLines(await engine.docker('exec', primary, 'sh', '-c', asSuperuser, 'sh', ...PSQL, ...args));
}

function toLines(printed: string): readonly string[] {
  return printed.split('\n').filter(Boolean);
}
