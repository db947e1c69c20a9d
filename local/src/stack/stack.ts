import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createClosing } from '../closing.js';
import { type Machine, thisMachine } from '../machine.js';
import { PlainError } from '../plain-error.js';
import { createPortChooser } from '../processes/free-port.js';
import { type Supervised, supervise } from '../processes/supervise.js';
import { openTemporaryFolder } from '../processes/temporary-folder.js';
import { traced } from '../work.js';
import { planFull } from './full-plan.js';
import { guardStart } from './guard-start.js';
import { superviseInfrastructure } from './infrastructure.js';
import type { InfrastructurePlan, PlanOptions } from './infrastructure-plan.js';
import { toInstanceProcess } from './instance-process.js';
import { listSecretNames, toOwnedDatabase } from './owned-database.js';
import { type PlannedInstance, planInstances } from './plan-instances.js';
import { type Stack, toStack, untilHealthy } from './running-stack.js';
import { openSecrets } from './secrets.js';
import { SERVICES, type ServiceDescription, scaleServices } from './services.js';
import { planSmall } from './small-plan.js';

export type StackSize = 'small' | 'full';

export interface StackOptions {
  /** Absolute; survives the stack. Without it, a temporary folder that goes away with the stack. */
  readonly dataDir?: string;
  /** Numbers of instances by service name, where they differ from the usual ones: `{ 'user-service': 5 }`. */
  readonly counts?: Readonly<Partial<Record<string, number>>>;
  /** `random` (default) for tests and benchmarks; `usual`: 4000, 5000 … or the next free ones. */
  readonly ports?: 'random' | 'usual';
  /** Added to the environment of every service: `{ EDGE_POLICY: 'strict' }`. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * `small` (default): one Consul, one PostgreSQL, one Redis. `full`: a Patroni cluster for each database that is not derived, one
   * server for those that are, a Redis Cluster of six, Prometheus, Grafana where there is one, and two edges.
   */
  readonly size?: StackSize;
  /** Databases, by name in Consul, that get one server in the full stack instead of a Patroni cluster. */
  readonly singleDatabases?: readonly string[];
  /** Whether PostgreSQL's commits wait for the disk; default true exactly when a data folder is given. */
  readonly durable?: boolean;
  /** In the full stack: time between two scrapes of a process by Prometheus, in seconds; 5 without it. */
  readonly scrapeEverySeconds?: number;
  /** Other services than the system's own. */
  readonly services?: readonly ServiceDescription[];
  /** Receives one plain line for each step of the start, and later for each death and restart. */
  readonly report?: (line: string) => void;
  /** Called whenever a process comes or goes. */
  readonly onChange?: () => void;
  /** Gives up a start that is still going on. */
  readonly signal?: AbortSignal;
  readonly machine?: Machine;
}

/** Where the full stack has other numbers of instances than the small one. */
const FULL_COUNTS: Readonly<Record<string, number>> = { 'etl-service': 2, edge: 2 };

/**
 * Starts Consul, PostgreSQL and Redis, then every instance of every service as a process of its own, and resolves when all are
 * healthy. All of them end with this process, however it ends.
 * @throws MissingProgram when a server can't be found or fetched; PlainError naming the process that doesn't come up
 */
export function startStack(options: StackOptions = {}): Promise<Stack> {
  return traced('stack', options.size ?? 'small', () => start(options));
}

async function start(options: StackOptions): Promise<Stack> {
  const { machine = thisMachine(), report = () => undefined } = options;
  const services = scaleServices(options.services ?? SERVICES, {
    ...(options.size === 'full' && FULL_COUNTS),
    ...options.counts,
  });
  await checkEntries(machine, services);
  const closing = createClosing();
  const guard = guardStart(options.signal);
  const supervisor = {
    report,
    onDeath: guard.onDeath,
    ...(options.onChange && { onChange: options.onChange }),
  };
  try {
    const dataDir = options.dataDir ?? (await openOwnFolder(closing.add));
    const choosePort = createPortChooser(options.ports ?? 'random');
    const owned = services.flatMap(({ database }) => database ?? []);
    const secrets = await openSecrets(dataDir, [
      'redis',
      'signing-key',
      'service',
      ...owned.flatMap(listSecretNames),
    ]);
    const databases = owned.map((database) => toOwnedDatabase(database, secrets));
    const redisPassword = secrets('redis');

    const keepsData = options.dataDir !== undefined;
    const infrastructurePlan = await planInfrastructure(options, dataDir, {
      machine,
      choosePort,
      durable: options.durable ?? options.dataDir !== undefined,
      keepsData,
      redisPassword,
      databases,
      scrapeEverySeconds: options.scrapeEverySeconds,
    });
    const infrastructure = superviseInfrastructure(infrastructurePlan, { supervisor, signal: guard.signal });
    closing.add(keepsData ? infrastructure.close : infrastructure.end);
    await infrastructure.start();

    const plan = await planInstances(services, choosePort);
    const around = { machine, dataDir, infrastructure, secrets, environment: options.environment ?? {} };
    const processes = new Map(
      plan.map((instance) => [instance.id, supervise(toInstanceProcess(instance, around), supervisor)]),
    );
    const instancesOf = (service: ServiceDescription) =>
      plan.filter((instance) => instance.service === service);
    if (keepsData)
      for (const service of services) closing.add(() => stopAll(instancesOf(service), processes));
    else closing.add(() => endAll(processes));
    await Promise.all([...processes.values()].map((process) => process.start()));
    await Promise.all(
      services.map(async (service) => {
        const instances = instancesOf(service);
        await untilHealthy(infrastructure.consulUrl, instances, undefined, guard.signal);
        report(`${service.name}: ${instances.length} healthy`);
      }),
    );
    guard.disarm();
    return toStack({
      dataDir,
      infrastructure,
      databases,
      redisPassword,
      plan,
      processes,
      close: () => traced('stop', 'stack', closing.close),
    });
  } catch (error) {
    throw await closing.closeAfter(error);
  }
}

async function endAll(processes: ReadonlyMap<string, Supervised>): Promise<void> {
  await Promise.all([...processes.values()].map((process) => process.end()));
}

/** Each size keeps data of its own: a database in a cluster is another one than that of the same name on a single server. */
function planInfrastructure(
  { size = 'small', singleDatabases = [] }: StackOptions,
  dataDir: string,
  around: Omit<PlanOptions, 'serverDir' | 'logDir'>,
): Promise<InfrastructurePlan> {
  const logDir = join(dataDir, 'logs');
  if (size === 'small') return planSmall({ ...around, logDir, serverDir: dataDir });
  return planFull({
    ...around,
    logDir,
    serverDir: join(dataDir, 'full'),
    singleDatabases,
    openSecrets: (names) => openSecrets(dataDir, names),
  });
}

/** @throws PlainError when a service has not been built, before anything is started */
async function checkEntries(machine: Machine, services: readonly ServiceDescription[]): Promise<void> {
  for (const { name, entry, count } of services) {
    if (count === 0) continue;
    const file = resolve(machine.checkout, entry);
    await access(file).catch((cause: unknown) => {
      throw new PlainError(`${name} is not built (${file} is missing): run make build`, { cause });
    });
  }
}

async function openOwnFolder(onOpen: (close: () => Promise<void>) => void): Promise<string> {
  const folder = await openTemporaryFolder('flight-stack-');
  onOpen(folder.close);
  return folder.path;
}

async function stopAll(
  instances: readonly PlannedInstance[],
  processes: ReadonlyMap<string, Supervised>,
): Promise<void> {
  await Promise.all(instances.map(({ id }) => processes.get(id)?.stop()));
}
