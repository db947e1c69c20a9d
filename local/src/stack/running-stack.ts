import type { Supervised } from '../processes/supervise.js';
import type { PostgresFacts } from '../servers/postgres-server.js';
import { waitUntil } from '../wait-until.js';
import type {
  Infrastructure,
  InfrastructureName,
  InfrastructureServer,
  StackDatabase,
} from './infrastructure.js';
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

/** A running system. `id` is an instance's id or the name of an infrastructure server. */
export interface Stack {
  /** Base URL of the first edge. */
  readonly edgeUrl: string;
  readonly consulUrl: string;
  readonly redisNodes: string;
  readonly redisPassword: string;
  readonly postgres: PostgresFacts;
  readonly databases: readonly StackDatabase[];
  readonly dataDir: string;
  readonly instances: readonly Instance[];
  readonly infrastructure: Readonly<Record<InfrastructureName, StackProcess>>;
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
  stopInfra(name: InfrastructureName): Promise<void>;
  /** Starts a stopped server and waits until it answers. */
  startInfra(name: InfrastructureName): Promise<void>;
  /** Resolves when every gRPC instance passes in Consul and every HTTP one answers /readyz with 200. Default 90 s. */
  untilHealthy(timeoutMs?: number): Promise<void>;
  /** Stops everything: edges first, then services, then infrastructure. */
  close(): Promise<void>;
}

export interface StackParts {
  readonly dataDir: string;
  readonly infrastructure: Infrastructure;
  readonly databases: readonly StackDatabase[];
  readonly redisPassword: string;
  readonly plan: readonly PlannedInstance[];
  readonly processes: ReadonlyMap<string, Supervised>;
  readonly close: () => Promise<void>;
}

export const HEALTHY_TIMEOUT_MS = 90_000;

/** The handle on a started system. */
export function toStack(parts: StackParts): Stack {
  const { infrastructure, plan, processes } = parts;
  const { servers } = infrastructure;
  const isInfrastructure = (id: string): id is InfrastructureName => id in servers;
  const getProcess = (id: string): Supervised => {
    const process = isInfrastructure(id) ? servers[id].supervised : processes.get(id);
    if (!process) throw new Error(`there is no process called ${id}`);
    return process;
  };
  const roller = createRoller({ plan, processes, consulUrl: infrastructure.consulUrl });
  const edge = plan.find(({ service }) => service.serves === 'http');
  return {
    edgeUrl: edge ? toUrl(edge.port) : '',
    consulUrl: infrastructure.consulUrl,
    redisNodes: infrastructure.redisNodes,
    redisPassword: parts.redisPassword,
    postgres: infrastructure.postgres,
    databases: parts.databases,
    dataDir: parts.dataDir,
    get instances() {
      return plan.map((instance) => toInstance(instance, getProcess(instance.id)));
    },
    get infrastructure() {
      const { consul, postgres, redis } = servers;
      return {
        consul: toInfraProcess(consul),
        postgres: toInfraProcess(postgres),
        redis: toInfraProcess(redis),
      };
    },
    kill: (id, signal = 'SIGKILL') => getProcess(id).signal(signal),
    restart: async (id) => {
      const process = getProcess(id);
      await process.stop();
      if (isInfrastructure(id)) return infrastructure.startOne(id);
      await process.start();
      await untilHealthy(
        infrastructure.consulUrl,
        plan.filter((instance) => instance.id === id),
      );
    },
    roll: roller.roll,
    stopInfra: (name) => servers[name].supervised.stop(),
    startInfra: (name) => infrastructure.startOne(name),
    untilHealthy: (timeoutMs) => untilHealthy(infrastructure.consulUrl, plan, timeoutMs),
    close: async () => {
      await roller.close();
      await parts.close();
    },
  };
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
  await waitUntil(findObstacle, { what, timeoutMs, everyMs: 50, signal });
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
