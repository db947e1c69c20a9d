import type { Supervised } from '../processes/supervise.js';
import { type PatroniCluster, toPatroniCluster } from '../servers/patroni-cluster.js';
import type { PostgresFacts } from '../servers/postgres-server.js';
import { waitUntil } from '../wait-until.js';
import { getServer, type Infrastructure, type InfrastructureServer } from './infrastructure.js';
import type { DatabaseHome, OwnedDatabase, StackPage } from './infrastructure-plan.js';
import { type Place, toPlace, toUrl } from './place.js';
import type { PlannedInstance } from './plan-instances.js';
import type { RollStep } from './roll.js';
import { createRoller } from './roller.js';
import { findAilments } from './stack-health.js';

/** One process of the stack as it is now; pid and start change when it is restarted. */
export interface StackProcess {
  readonly id: string;
  /** `host:port` where it answers. */
  readonly address: string;
  /** Absent while it is down, and so is the next one. */
  readonly pid: number | undefined;
  readonly startedAtMs: number | undefined;
}

/** One process of a service. */
export interface Instance extends StackProcess, Place {}

/** A database of the running stack. */
export interface StackDatabase extends OwnedDatabase {
  /** The ids of the servers that hold it: one, or the nodes of a Patroni cluster. */
  readonly servers: readonly string[];
  /** Base URLs of its nodes' Patroni REST APIs; empty for a single server. */
  readonly restUrls: readonly string[];
}

/** A running system. `id` is an instance's id or that of an infrastructure server. */
export interface Stack {
  /** Base URL of the first edge. */
  readonly edgeUrl: string;
  readonly consulUrl: string;
  readonly redisMode: 'single' | 'cluster';
  readonly redisNodes: string;
  readonly redisPassword: string;
  /** The one server of all databases. @throws Error when a database has a cluster of its own: ask `findPrimary` */
  readonly postgres: PostgresFacts;
  readonly databases: readonly StackDatabase[];
  /** The superuser's way to the server that takes a database's writes now; `service` is its name in Consul. */
  findPrimary(service: string): Promise<PostgresFacts>;
  readonly dataDir: string;
  readonly instances: readonly Instance[];
  /** The Patroni cluster of a database of the full stack. @throws Error when it has none */
  patroni(service: string): PatroniCluster;
  /** Consul, the databases, Redis and whatever else this size has, in the order of starting. */
  readonly infrastructure: readonly StackProcess[];
  /** What people may want to look at beside the edge. */
  readonly pages: readonly StackPage[];
  /** Sends a signal, SIGKILL by default. What dies of it is started again by its supervisor. */
  kill(id: string, signal?: NodeJS.Signals): void;
  /** Stops one process in an orderly way, starts it again and waits until it is healthy. */
  restart(id: string): Promise<void>;
  /**
   * Restarts the instances of a service (`booking`, `booking-service`, `all`) one at a time, each only when the one before is
   * healthy and known to its callers. An aborted signal ends it before the next instance.
   * @throws PlainError when there is no such service, a roll is going on, or an instance does not come back
   */
  roll(service: string, onStep?: (step: RollStep) => void, signal?: AbortSignal): Promise<void>;
  /** Stops a server; it stays down until startInfra. */
  stopInfra(id: string): Promise<void>;
  /** Starts a stopped server and waits until it answers. */
  startInfra(id: string): Promise<void>;
  /** Resolves when every gRPC instance passes in Consul and every HTTP one answers /readyz with 200. Default 90 s. */
  untilHealthy(timeoutMs?: number): Promise<void>;
  /** Stops everything: edges first, then services, then infrastructure; all at once where the data go away with it. */
  close(): Promise<void>;
}

export interface StackParts {
  readonly dataDir: string;
  readonly infrastructure: Infrastructure;
  readonly databases: readonly OwnedDatabase[];
  readonly redisPassword: string;
  readonly plan: readonly PlannedInstance[];
  readonly processes: ReadonlyMap<string, Supervised>;
  readonly close: () => Promise<void>;
}

export const HEALTHY_TIMEOUT_MS = 90_000;

/** The handle on a started system. */
export function toStack(parts: StackParts): Stack {
  const { infrastructure, plan, processes } = parts;
  const { servers, homes } = infrastructure;
  const getProcess = (id: string): Supervised => {
    const process = servers.get(id)?.supervised ?? processes.get(id);
    if (!process) throw new Error(`there is no process called ${id}`);
    return process;
  };
  const roller = createRoller({ plan, processes, consulUrl: infrastructure.consulUrl });
  const edge = plan.find(({ service }) => service.serves === 'http');
  return {
    edgeUrl: edge ? toUrl(edge.port) : '',
    consulUrl: infrastructure.consulUrl,
    redisMode: infrastructure.redis.mode,
    redisNodes: infrastructure.redis.nodes,
    redisPassword: parts.redisPassword,
    get postgres() {
      if (infrastructure.postgres) return infrastructure.postgres;
      throw new Error('this stack has several PostgreSQL servers: ask findPrimary for the one that is meant');
    },
    databases: parts.databases.map((database) => {
      const { servers: ids, patroni } = getHome(homes, database.service);
      const restUrls = patroni?.nodes.map(({ restUrl }) => restUrl) ?? [];
      return { ...database, servers: ids, restUrls };
    }),
    findPrimary: async (service) => getHome(homes, service).findPrimary(),
    patroni: (service) => {
      const { patroni } = getHome(homes, service);
      if (!patroni) throw new Error(`${service} has no Patroni cluster`);
      const nodes = patroni.nodes.map((prepared) => ({
        prepared,
        supervised: getServer(servers, prepared.id).supervised,
      }));
      return toPatroniCluster({ ...patroni, nodes });
    },
    dataDir: parts.dataDir,
    get instances() {
      return plan.map((instance) => toInstance(instance, getProcess(instance.id)));
    },
    get infrastructure() {
      return [...servers.values()].map(toInfraProcess);
    },
    pages: infrastructure.pages,
    kill: (id, signal = 'SIGKILL') => getProcess(id).signal(signal),
    restart: async (id) => {
      const process = getProcess(id);
      await process.stop();
      if (servers.has(id)) return infrastructure.startOne(id);
      await process.start();
      await untilHealthy(
        infrastructure.consulUrl,
        plan.filter((instance) => instance.id === id),
      );
    },
    roll: roller.roll,
    stopInfra: async (id) => getServer(servers, id).supervised.stop(),
    startInfra: (id) => infrastructure.startOne(id),
    untilHealthy: (timeoutMs) => untilHealthy(infrastructure.consulUrl, plan, timeoutMs),
    close: async () => {
      await roller.close();
      await parts.close();
    },
  };
}

function getHome(homes: Infrastructure['homes'], service: string): DatabaseHome {
  const home = homes.get(service);
  if (!home) throw new Error(`there is no database called ${service}`);
  return home;
}

/** Waits for these instances. @throws PlainError naming those that are not healthy after the time-out */
export async function untilHealthy(
  consulUrl: string,
  instances: readonly PlannedInstance[],
  timeoutMs = HEALTHY_TIMEOUT_MS,
  signal?: AbortSignal,
): Promise<void> {
  const what = [...new Set(instances.map(({ service }) => service.name))].join(', ');
  const patients = instances.map(toPlace);
  const findObstacle = async () => {
    const ailments = [...(await findAilments(consulUrl, patients))];
    return ailments.length === 0 ? undefined : ailments.map(([id, why]) => `${id} ${why}`).join(', ');
  };
  await waitUntil(findObstacle, { what, timeoutMs, signal });
}

function toInstance(planned: PlannedInstance, process: Supervised): Instance {
  return { ...toStackProcess(process, `127.0.0.1:${planned.port}`), ...toPlace(planned) };
}

function toInfraProcess({ prepared, supervised }: InfrastructureServer): StackProcess {
  return toStackProcess(supervised, prepared.address);
}

function toStackProcess({ id, state }: Supervised, address: string): StackProcess {
  const running = state.kind === 'running' ? state.process : undefined;
  return { id, address, pid: running?.pid, startedAtMs: running?.startedAtMs };
}
