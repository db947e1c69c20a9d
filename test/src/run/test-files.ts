import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSourceGraph } from './source-graph.js';

/** The packages that have tests, by their folders, in the order in which people read them. */
export const PACKAGES: readonly string[] = [
  ...['proto', 'mesh', 'local', 'user-service', 'booking-service', 'etl-service', 'edge'],
  ...['bench', 'sdk', 'sdk/typescript', 'test', 'deploy/grafana'],
];

/**
 * `test`: what every change is tested by. `release`: those in folders of that name, which install from registries or compile Go.
 * `unit`: those of `test` that start no process and so no server.
 */
export type Suite = 'test' | 'release' | 'unit';

/** Test files by their sources, as paths from the root of the checkout. */
export interface TestFiles {
  /** May run beside each other, in this order. */
  readonly together: readonly string[];
  /** Run one at a time, with nothing but one of `patient` beside them. */
  readonly systems: readonly string[];
  /** Run one at a time beside `systems`. */
  readonly patient: readonly string[];
  /** Run one at a time, with nothing beside them. */
  readonly alone: readonly string[];
}

/** Take long by themselves: they begin first, so that none is left over at the end. */
const FIRST: readonly string[] = [
  'test/test/public',
  'etl-service/test/instances',
  'user-service/test/following',
  'test/test/etl',
  'test/test/traces',
  'test/test/metric-labels',
  'test/test/strict-policy',
  'local/test/prometheus-rules',
  'user-service/test/watching',
  'local/test/roll',
  'local/test/doctor/doctor',
  'local/test/stack',
  'etl-service/test/sources',
  'proto/test/breaking',
  'proto/test/breaking-baseline',
];

/** Hold a whole system to its deadlines while parts of it are lost. Half of the time they wait for a time-out. */
const SYSTEMS: readonly string[] = [
  'test/test/full-stack',
  'test/test/faults',
  'sdk/test/instance-loss',
  'mesh/test/postgres/failover',
];

/** Long and quiet: most of the time they wait for processes that were killed to be missed. */
const PATIENT: readonly string[] = [
  'local/test/patroni-cluster',
  'etl-service/test/crashes',
  'mesh/test/consul/watch-failures',
  'mesh/test/redis/redis-cluster',
  'local/test/redis-cluster',
];

/** Hold milliseconds to a bound. */
const ALONE: readonly string[] = [
  'mesh/test/client/dial',
  'mesh/test/consul/watch-health',
  'mesh/test/postgres/cancellation',
  'mesh/test/server/chain',
  'mesh/test/server/shedding',
  'user-service/test/sign-in-load',
  'edge/test/deadlines',
];

const ENDING = '.test.ts';
const STARTS_PROCESSES = ['@flight/local', 'node:child_process'];

/**
 * The files of a suite in some packages. Sources are listed, since the compiled file of a test that is gone may still be there.
 * @throws Error for a package that has no tests
 */
export async function findTestFiles(
  root: string,
  packages: readonly string[],
  suite: Suite,
): Promise<TestFiles> {
  const unknown = packages.find((folder) => !PACKAGES.includes(folder));
  if (unknown !== undefined)
    throw new Error(`unknown package ${unknown} (available: ${PACKAGES.join(', ')})`);
  const all = (await Promise.all(packages.map((folder) => listTests(root, folder)))).flat();
  const files = all.filter((file) => (suite === 'release') === file.includes('/release/'));
  const chosen = suite === 'unit' ? await keepUnitTests(root, files) : files;
  const among = (names: readonly string[]) => (file: string) => names.includes(toName(file));
  return {
    together: inOrder(
      FIRST,
      chosen.filter((file) => !among([...SYSTEMS, ...PATIENT, ...ALONE])(file)),
    ),
    systems: inOrder(SYSTEMS, chosen.filter(among(SYSTEMS))),
    patient: inOrder(PATIENT, chosen.filter(among(PATIENT))),
    alone: chosen.filter(among(ALONE)),
  };
}

/** `mesh/test/closing` for `mesh/test/closing.test.ts`. */
function toName(file: string): string {
  return file.slice(0, -ENDING.length);
}

/** Where the compiler puts a source file. */
export function toCompiled(file: string): string {
  return file.replace(/\/(?=(test|src)\/)/, '/dist/').replace(/\.ts$/, '.js');
}

/** Those that are named come first, in the order of the names. */
function inOrder(names: readonly string[], files: readonly string[]): readonly string[] {
  const rank = (file: string) => {
    const index = names.indexOf(toName(file));
    return index === -1 ? names.length : index;
  };
  return files.toSorted((one, other) => rank(one) - rank(other));
}

async function listTests(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder, 'test'), { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(ENDING))
    .map((entry) => join(folder, 'test', entry))
    .sort();
}

async function keepUnitTests(root: string, files: readonly string[]): Promise<readonly string[]> {
  const graph = await readSourceGraph(root, PACKAGES);
  return files.filter((file) => {
    const modules = graph.modulesOf(file);
    return !STARTS_PROCESSES.some((name) => modules.has(name));
  });
}
