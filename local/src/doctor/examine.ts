import { join } from 'node:path';
import { toMeshView } from '../observe/mesh-view.js';
import { listShown } from '../observe/show-metrics.js';
import { isAlive } from '../stack/run-lock.js';
import { openSecrets, type Secrets } from '../stack/secrets.js';
import type { ServiceDescription } from '../stack/services.js';
import type { StackRecord } from '../stack/stack-record.js';
import { judgeConsul, observeConsul } from './consul-checks.js';
import { judgeDatabase, observeDatabase, toMigrations } from './database-checks.js';
import { judgeEdge, observeEdge } from './edge-checks.js';
import type { Finding } from './finding.js';
import { judgeLauncher, observeLauncher } from './launcher-checks.js';
import { judgeLogs } from './log-checks.js';
import { readLogTail, toBreakerLines } from './log-lines.js';
import { judgeMachine, observeMachine } from './machine-checks.js';
import { judgeMesh } from './mesh-checks.js';
import { findLeader, judgePatroni, observePatroni } from './patroni-checks.js';
import { judgeProcesses, observeProcesses } from './process-checks.js';
import { judgeReadiness, observeReadiness } from './readiness-checks.js';
import { judgeRedis, observeRedis } from './redis-checks.js';
import { judgeWarehouse, observeWarehouse } from './warehouse-checks.js';

/** A running stack, seen from another terminal. */
export interface Examined {
  readonly dataDir: string;
  readonly checkout: string;
  readonly services: readonly ServiceDescription[];
  readonly runner: number;
  readonly record: StackRecord;
}

/** Looks at every part at once, so that it takes as long as the slowest, some seconds at most, and says what it found. */
export async function examine(examined: Examined): Promise<Finding[]> {
  const { dataDir, runner, record } = examined;
  const { instances, infrastructure } = record;
  const processes = [...infrastructure, ...instances];
  const running = new Set(processes.flatMap(({ id, pid }) => (pid !== undefined && isAlive(pid) ? id : [])));
  const secrets = await openSecrets(dataDir, []);
  const parts: readonly Promise<Finding[]>[] = [
    observeMachine(
      dataDir,
      processes.map(({ startedAtMs }) => startedAtMs),
    ).then(judgeMachine),
    observeLauncher(dataDir, runner).then(judgeLauncher),
    observeProcesses(processes, (id) => toLogFile(dataDir, id)).then(judgeProcesses),
    observeConsul(record, (id) => running.has(id)).then(judgeConsul),
    ...examineDatabases(examined, secrets),
    examineRedis(record, secrets('redis')),
    observeReadiness(instances.filter(({ id }) => running.has(id))).then(judgeReadiness),
    examineLogsAndMetrics(examined),
    ...instances.flatMap(({ id, httpUrl }) =>
      httpUrl !== undefined && running.has(id) ? [observeEdge(id, httpUrl).then(judgeEdge)] : [],
    ),
  ];
  return (await Promise.all(parts)).flat();
}

async function examineRedis({ redis, infrastructure }: StackRecord, password: string): Promise<Finding[]> {
  const nodes = redis.nodes.split(',').map((address) => {
    const id = infrastructure.find((server) => server.address === address)?.id ?? address;
    return observeRedis(id, address, password);
  });
  return judgeRedis(await Promise.all(nodes));
}

function examineDatabases(
  { record, services, checkout }: Examined,
  secrets: Secrets,
): readonly Promise<Finding[]>[] {
  return record.databases.map(async (database) => {
    const { service, servers, restUrls } = database;
    const cluster = restUrls.length > 0 ? await observePatroni(service, servers, restUrls) : undefined;
    const primary = cluster ? findLeader(cluster) : servers[0];
    const about = cluster ? judgePatroni(cluster) : [];
    if (primary === undefined) return about;
    const owner = services.find((one) => one.database?.service === service);
    const access = {
      ...database,
      server: primary,
      address: getAddress(record, primary),
      password: secrets(service),
    };
    const observed = await observeDatabase(access, owner && toMigrations(checkout, owner));
    return [...about, ...judgeDatabase(observed)];
  });
}

/** The logs with the metrics, since the logs know why a breaker opened. */
async function examineLogsAndMetrics({ dataDir, record: { instances } }: Examined): Promise<Finding[]> {
  const [shown, logs] = await Promise.all([
    listShown(instances),
    Promise.all(
      instances.map(async ({ id }) => {
        const file = toLogFile(dataDir, id);
        return { id, file, lines: await readLogTail(file) };
      }),
    ),
  ]);
  const lines = logs.flatMap((log) => toBreakerLines(log.id, log.lines));
  return [
    ...judgeMesh({ view: toMeshView(shown), lines }),
    ...judgeWarehouse(observeWarehouse(shown)),
    ...judgeLogs(logs, Date.now()),
  ];
}

function getAddress({ infrastructure }: StackRecord, id: string): string {
  const server = infrastructure.find((one) => one.id === id);
  if (server === undefined) throw new Error(`the stack has no ${id}`);
  return server.address;
}

function toLogFile(dataDir: string, id: string): string {
  return join(dataDir, 'logs', `${id}.log`);
}
