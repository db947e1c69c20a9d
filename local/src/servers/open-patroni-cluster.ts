import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createClosing } from '../closing.js';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser, type PortChooser } from '../processes/free-port.js';
import { openNodeGuardian } from '../processes/node-guardian.js';
import { supervise } from '../processes/supervise.js';
import { openTemporaryFolder } from '../processes/temporary-folder.js';
import { traced } from '../work.js';
import { type PatroniCluster, toPatroniCluster } from './patroni-cluster.js';
import {
  findPatroniPrograms,
  type PatroniPasswords,
  type PatroniPrograms,
  type PreparedPatroniNode,
  preparePatroniNode,
} from './patroni-node.js';
import type { PatroniDepartures } from './patroni-settings.js';

export interface PatroniClusterOptions extends PatroniDepartures {
  /** Base URL of the Consul that the cluster lives by; deploy/patroni/patroni.yml says what it must allow. */
  readonly consulUrl: string;
  /** The cluster's name, in Patroni and in Consul: `user-db`. Its nodes are `user_db_1` … */
  readonly scope: string;
  /** Absolute; kept. Without it, a temporary folder that goes away with the cluster. */
  readonly dataDir?: string;
  /** Receives one line for each death and restart of a Patroni. */
  readonly report?: (line: string) => void;
  readonly machine?: Machine;
}

export interface OpenPatroniCluster extends PatroniCluster {
  /** Kills every process of every node; when it resolves, none is left. */
  close(): Promise<void>;
}

/** How many nodes a cluster has: a primary and two that acknowledge every write. */
const NODES = 3;

/**
 * Three real nodes on loopback with random ports, for tests and drills; resolves when one leads and the others stand by,
 * synchronously unless told otherwise. Not `durable` by default: this is about processes that die, not about power cuts.
 * @throws MissingProgram when Patroni or PostgreSQL can't be found or fetched; PlainError when the cluster doesn't come up
 */
export function openPatroniCluster(options: PatroniClusterOptions): Promise<OpenPatroniCluster> {
  return traced('cluster', options.scope, () => open(options));
}

async function open(options: PatroniClusterOptions): Promise<OpenPatroniCluster> {
  const { machine = thisMachine(), scope, report = () => undefined } = options;
  const { synchronous = true, durable = false } = options;
  const closing = createClosing();
  try {
    if (options.dataDir === undefined) await forgetCluster(options.consulUrl, scope);
    const dataDir = options.dataDir ?? (await openOwnFolder(closing.add));
    const passwords = makePasswords();
    const choosePort = createPortChooser('random');
    const prepared = await preparePatroniNodes({
      ...options,
      durable,
      machine,
      dataDir,
      logDir: join(dataDir, 'logs'),
      passwords,
      programs: await findPatroniPrograms(machine),
      ports: await choosePatroniPorts(choosePort, {}),
    });
    const nodes = prepared.map((node) => ({
      prepared: node,
      supervised: supervise(node.spec, { report }),
    }));
    const cluster = toPatroniCluster({ scope, synchronous, passwords, nodes });
    const guardian = await openNodeGuardian(
      prepared.map(({ marks }) => marks),
      { graceMs: 0, path: machine.environment.PATH },
    );
    closing.add(guardian.close);
    closing.add(async () => {
      await Promise.all(cluster.nodes.map(({ id }) => cluster.kill(id, 'node')));
    });
    await Promise.all(cluster.nodes.map(({ id }) => cluster.start(id)));
    await cluster.untilHealthy();
    return { ...cluster, close: () => traced('stop', scope, closing.close) };
  } catch (error) {
    throw await closing.closeAfter(error);
  }
}

/** One node's two ports. */
export interface PatroniPorts {
  readonly port: number;
  readonly restPort: number;
}

/** Ports for all nodes of a cluster, from these on where they are free. */
export async function choosePatroniPorts(
  choosePort: PortChooser,
  wishes: { readonly port?: number; readonly restPort?: number },
): Promise<PatroniPorts[]> {
  const chosen: PatroniPorts[] = [];
  for (let index = 0; index < NODES; index += 1)
    chosen.push({
      port: await choosePort(wishes.port && wishes.port + index),
      restPort: await choosePort(wishes.restPort && wishes.restPort + index),
    });
  return chosen;
}

export interface PatroniNodesOptions extends PatroniDepartures {
  readonly scope: string;
  readonly consulUrl: string;
  /** Holds one folder for each node, called by its id. */
  readonly dataDir: string;
  readonly logDir: string;
  readonly passwords: PatroniPasswords;
  readonly programs: PatroniPrograms;
  readonly machine: Machine;
  readonly ports: readonly PatroniPorts[];
}

/** Prepares one node for each pair of ports: `user_db_1` … of the scope `user-db`. */
export function preparePatroniNodes(options: PatroniNodesOptions): Promise<PreparedPatroniNode[]> {
  const prefix = options.scope.replaceAll('-', '_');
  return Promise.all(
    options.ports.map((ports, index) => {
      const id = `${prefix}_${index + 1}`;
      return preparePatroniNode({
        ...options,
        ...ports,
        id,
        dataDir: join(options.dataDir, id),
        logFile: join(options.logDir, `${id}.log`),
      });
    }),
  );
}

function makePasswords(): PatroniPasswords {
  const make = () => randomBytes(24).toString('base64url');
  return { superuser: make(), replication: make(), rewind: make(), rest: make() };
}

/** What Consul knows of an earlier cluster of that name: new nodes would refuse to join it. */
async function forgetCluster(consulUrl: string, scope: string): Promise<void> {
  const response = await fetch(`${consulUrl}/v1/kv/patroni/${scope}/?recurse`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`Consul does not forget ${scope}: ${response.status}`);
  await response.body?.cancel();
}

async function openOwnFolder(onOpen: (close: () => Promise<void>) => void): Promise<string> {
  const folder = await openTemporaryFolder('flight-patroni-');
  onOpen(folder.close);
  return folder.path;
}
