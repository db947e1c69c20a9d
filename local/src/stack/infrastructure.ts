import { type Supervised, type SupervisorOptions, supervise } from '../processes/supervise.js';
import { type PreparedServer, START_TIMEOUT_MS } from '../servers/server.js';
import { waitUntil } from '../wait-until.js';
import type { InfrastructurePart, InfrastructurePlan } from './infrastructure-plan.js';

export interface InfrastructureOptions {
  readonly supervisor: SupervisorOptions;
  readonly signal: AbortSignal;
}

/** One supervised server and how to ask whether it answers. */
export interface InfrastructureServer {
  readonly prepared: PreparedServer;
  readonly supervised: Supervised;
}

/** The servers of a plan, supervised. */
export interface Infrastructure extends Omit<InfrastructurePlan, 'stages'> {
  /** By id, in the order of starting. */
  readonly servers: ReadonlyMap<string, InfrastructureServer>;
  /** Starts stage after stage and settles each part; says each server as it answers. */
  start(): Promise<void>;
  /** Starts one that was stopped and waits until it answers. @throws Error when there is no such server */
  startOne(id: string): Promise<void>;
  /** Stops everything in order, the last stage first. */
  close(): Promise<void>;
  /** Ends everything at once, for a stack whose data are thrown away. */
  end(): Promise<void>;
}

/** Puts the servers of a plan under supervision; `start` starts them. */
export function superviseInfrastructure(
  plan: InfrastructurePlan,
  { supervisor, signal }: InfrastructureOptions,
): Infrastructure {
  const watched = plan.stages.flat().flatMap((part) => part.servers);
  const servers = new Map(
    watched.map((prepared) => [
      prepared.spec.id,
      { prepared, supervised: supervise(prepared.spec, supervisor) },
    ]),
  );

  const startOne = async (id: string) => {
    const { prepared, supervised } = getServer(servers, id);
    await supervised.start();
    const what = `${prepared.title} on ${prepared.address}`;
    await waitUntil(() => prepared.findObstacle(), { what, timeoutMs: START_TIMEOUT_MS, signal });
    supervisor.report(`${prepared.title} answers on ${prepared.address}`);
  };
  const guards: { close(): Promise<void> }[] = [];
  const startPart = async (part: InfrastructurePart) => {
    if (part.guard) guards.push(await part.guard());
    await Promise.all(part.servers.map(({ spec }) => startOne(spec.id)));
    await part.settle?.(signal);
  };

  const { stages, ...known } = plan;
  return {
    ...known,
    servers,
    startOne,
    start: async () => {
      for (const stage of stages) await Promise.all(stage.map(startPart));
    },
    close: async () => {
      for (const stage of stages.toReversed())
        await Promise.all(
          stage.flatMap(({ servers: these }) =>
            these.map(({ spec }) => getServer(servers, spec.id).supervised.stop()),
          ),
        );
      await Promise.all(guards.map((guard) => guard.close()));
    },
    end: async () => {
      await Promise.all([...servers.values()].map(({ supervised }) => supervised.end()));
      await Promise.all(guards.map((guard) => guard.close()));
    },
  };
}

/** @throws Error when there is no such server */
export function getServer(
  servers: ReadonlyMap<string, InfrastructureServer>,
  id: string,
): InfrastructureServer {
  const server = servers.get(id);
  if (!server) throw new Error(`there is no server called ${id}`);
  return server;
}
