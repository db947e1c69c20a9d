import { join } from 'node:path';
import {
  createClosing,
  type OpenPatroniCluster,
  openConsul,
  openPatroniCluster,
  openTemporaryFolder,
  type PatroniNode,
  until,
} from '@flight/local';
import pg from 'pg';
import { type Acknowledged, findLost } from './acknowledged.js';

/** How many acknowledged rows an asynchronous cluster lost, and in how many losses of its primary. */
export interface AsynchronousLoss {
  readonly acknowledged: number;
  readonly lost: number;
  readonly rounds: number;
}

const WRITERS = 16;
/** Acknowledged before each loss. */
const WRITES = 3000;
const ROUNDS_MAX = 6;
const FAILOVER_MS = 60_000;
const WHOLE_AGAIN_MS = 120_000;

/** Takes the primary of a cluster away whose commits wait for nobody, as often as it takes until rows are lost. */
export async function loseAsynchronously(report: (line: string) => void): Promise<AsynchronousLoss> {
  const closing = createClosing();
  try {
    const folder = await openTemporaryFolder('flight-drill-');
    closing.add(folder.close);
    const consul = await openConsul({ dataDir: join(folder.path, 'consul'), mode: 'dev' });
    closing.add(consul.close);
    const cluster = await openPatroniCluster({
      consulUrl: consul.url,
      scope: 'asynchronous-db',
      synchronous: false,
    });
    closing.add(cluster.close);
    await queryOnce(await cluster.primary(), 'create table written (what text primary key)');
    const acknowledged: Acknowledged[] = [];
    for (let round = 1; ; round++) {
      acknowledged.push(...(await writeUntilLost(cluster, round)));
      const rows = await queryOnce<{ what: string }>(await cluster.primary(), 'select what from written');
      const lost = findLost(acknowledged, new Set(rows.map(({ what }) => what))).length;
      report(`control: asynchronous, loss ${round} of the primary: ${lost} acknowledged rows are gone`);
      if (lost > 0 || round === ROUNDS_MAX) return { acknowledged: acknowledged.length, lost, rounds: round };
      await cluster.untilHealthy(WHOLE_AGAIN_MS);
    }
  } finally {
    await closing.close();
  }
}

/** Writes as fast as the primary answers, kills it in the middle, waits for another and brings it back. */
async function writeUntilLost(cluster: OpenPatroniCluster, round: number): Promise<readonly Acknowledged[]> {
  const primary = await cluster.primary();
  const acknowledged: Acknowledged[] = [];
  const pool = new pg.Pool({ ...toConfig(primary), max: WRITERS });
  pool.on('error', () => undefined);
  let written = 0;
  let running = true;
  async function write(): Promise<void> {
    while (running) {
      const what = `${round}:${written++}`;
      await pool.query('insert into written values ($1)', [what]).then(
        () => acknowledged.push({ what, atMs: performance.now() }),
        // Not acknowledged: the primary is gone.
        () => {
          running = false;
        },
      );
    }
  }
  const writing = Array.from({ length: WRITERS }, write);
  await until('rows', () => acknowledged.length >= WRITES, FAILOVER_MS);
  await cluster.kill(primary.id, 'node');
  await Promise.all(writing);
  await pool.end();
  const another = async () => {
    const leader = await cluster.primary().catch(() => undefined);
    return leader !== undefined && leader.id !== primary.id;
  };
  await until('another primary', another, FAILOVER_MS);
  await cluster.start(primary.id);
  return acknowledged;
}

async function queryOnce<Row extends pg.QueryResultRow>(
  node: PatroniNode,
  text: string,
): Promise<readonly Row[]> {
  const client = new pg.Client(toConfig(node));
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

function toConfig({ facts }: PatroniNode): pg.ClientConfig {
  const { host, port, superuser, superuserPassword } = facts;
  return { host, port, user: superuser, password: superuserPassword, database: 'postgres' };
}
