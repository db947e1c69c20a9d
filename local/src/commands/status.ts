import { accepts } from '../observe/accepts.js';
import { readCatalog } from '../observe/catalog.js';
import { toMeshView } from '../observe/mesh-view.js';
import { listShown } from '../observe/show-metrics.js';
import { describeRole, listMembers } from '../servers/patroni-rest.js';
import { findRunner, isAlive } from '../stack/run-lock.js';
import { findAilments } from '../stack/stack-health.js';
import { readStackRecord, type StackRecord } from '../stack/stack-record.js';
import { NOT_RUNNING } from './exit-codes.js';
import {
  DISCOVERY_HEADING,
  STATUS_HEADING,
  type StatusRow,
  toDiscoveryCells,
  toStatusCells,
} from './status-rows.js';
import { formatTable } from './text-table.js';

/**
 * Prints one line for each process and one for each caller and whom it calls. Answers 0 when all are healthy, 1 when one is not,
 * 3 when nothing runs.
 */
export async function status(dataDir: string, print: (line: string) => void): Promise<number> {
  const runner = await findRunner(dataDir);
  if (runner === undefined) {
    print('not running; "make run" starts it');
    return NOT_RUNNING;
  }
  const record = await readStackRecord(dataDir);
  if (record === undefined) {
    print(`starting or stopping (pid ${runner})`);
    return 1;
  }
  const [rows, shown] = await Promise.all([listRows(record), listShown(record.instances)]);
  const view = toMeshView(shown);
  const withVersions = rows.map((row) => ({ ...row, version: row.version ?? view.versions.get(row.id) }));
  print(formatTable([STATUS_HEADING, ...withVersions.map((row) => toStatusCells(row, view))]));
  if (view.acquaintances.length > 0)
    print(`\n${formatTable([DISCOVERY_HEADING, ...view.acquaintances.map(toDiscoveryCells)])}`);
  return rows.every(({ ailment }) => ailment === undefined) ? 0 : 1;
}

async function listRows(record: StackRecord): Promise<StatusRow[]> {
  const { consulUrl, infrastructure, instances } = record;
  const services = [...new Set(instances.map(({ service }) => service))];
  const [ailments, catalog, roles, answering] = await Promise.all([
    findAilments(consulUrl, instances),
    readCatalog(consulUrl, services),
    readRoles(record.databases),
    Promise.all(infrastructure.map(({ address }) => accepts(address))),
  ]);
  const entries = catalog instanceof Error ? [] : catalog;
  const servers = infrastructure.map((process, index) => ({
    ...process,
    service: undefined,
    version: undefined,
    role: roles.get(process.id),
    ailment: answering[index] ? undefined : 'does not answer',
  }));
  const ours = instances.map((process) => ({
    ...process,
    version: entries.find(({ id }) => id === process.id)?.version,
    ailment: ailments.get(process.id),
  }));
  return [...servers, ...ours].map((row) => {
    // Consul takes a while to notice a death; the kernel knows.
    const isUp = row.pid !== undefined && isAlive(row.pid);
    const upMs = Date.now() - (row.startedAtMs ?? Date.now());
    return isUp ? { ...row, upMs } : { ...row, upMs, pid: undefined, ailment: 'down' };
  });
}

/** What each node of a Patroni cluster is at the moment; a cluster that does not answer says nothing. */
async function readRoles(databases: StackRecord['databases']): Promise<ReadonlyMap<string, string>> {
  const clusters = databases.filter(({ restUrls }) => restUrls.length > 0);
  const members = await Promise.all(clusters.map(({ restUrls }) => listMembers(restUrls).catch(() => [])));
  return new Map(members.flat().map(({ name, role }) => [name, describeRole(role)]));
}
