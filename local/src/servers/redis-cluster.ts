import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser, type PortChooser } from '../processes/free-port.js';
import { findRedis } from '../programs/find-redis.js';
import { askRedis } from './ask-redis.js';
import { formRedisCluster } from './form-redis-cluster.js';
import type { PreparedServer } from './server.js';

export interface RedisClusterOptions {
  /** Absolute; each node has a folder of its id in it. */
  readonly dataDir: string;
  /** Asked for 7000 … 7005 and 7100 … 7105; without it, any free ones. */
  readonly choosePort?: PortChooser;
  /** Without it, clients need none: for tests on loopback. */
  readonly password?: string;
  readonly machine?: Machine;
  /** Where `redis_1.log` … are written; without it, in each node's folder. */
  readonly logDir?: string;
}

export interface PreparedRedisCluster {
  /** In the form of REDIS_NODES: `host:port,host:port …`. */
  readonly nodes: string;
  /** `redis_1` … `redis_6`. The first three begin as masters; a failover or a restart may change who is one. */
  readonly servers: readonly PreparedServer[];
  /**
   * Makes one cluster of the nodes, all of which must answer, and resolves when every slot is served and every replica
   * has its copy. One that is formed already is only waited for.
   * @throws PlainError naming what is missing after half a minute; the signal's reason when it aborts
   */
  form(signal?: AbortSignal): Promise<void>;
}

interface Node {
  readonly id: string;
  readonly port: number;
  /** Where nodes talk to each other; not the customary port + 10000, which may not exist. */
  readonly busPort: number;
}

const NODES = 6;
const FIRST_PORT = 7000;
const FIRST_BUS_PORT = 7100;

/**
 * A Redis Cluster of three masters and three replicas on loopback, set up by deploy/redis/redis.conf: finds Redis and
 * writes the configurations; starts nothing.
 * @throws MissingProgram when there is no Redis
 */
export async function prepareRedisCluster(options: RedisClusterOptions): Promise<PreparedRedisCluster> {
  const { dataDir, password, machine = thisMachine() } = options;
  const program = await findRedis(machine);
  const nodes = await chooseNodes(options.choosePort ?? createPortChooser('random'));
  // Nodes remember each other by address, so what they remember holds for these addresses only.
  const places = createHash('sha256').update(JSON.stringify(nodes)).digest('hex').slice(0, 12);
  const servers = nodes.map(async (node): Promise<PreparedServer> => {
    const folder = join(dataDir, node.id);
    const configFile = join(folder, 'redis.conf');
    const address = toAddress(node);
    await mkdir(folder, { recursive: true });
    const config = toConfig(node, folder, { machine, password, places });
    await writeFile(configFile, config, { mode: 0o600 });
    return {
      title: `Redis ${program.version} (${program.origin}), ${node.id}`,
      address,
      spec: {
        id: node.id,
        command: program.command,
        args: [configFile],
        environment: { ...machine.environment, ...program.environment },
        logFile: join(options.logDir ?? folder, `${node.id}.log`),
        stopSignal: 'SIGTERM',
        deathSignal: 'KILL',
      },
      findObstacle: async () => void (await askRedis(address, password, 'PING')),
    };
  });
  return {
    nodes: nodes.map(toAddress).join(','),
    servers: await Promise.all(servers),
    form: (signal) => formRedisCluster(nodes, password, signal),
  };
}

async function chooseNodes(choosePort: PortChooser): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let i = 0; i < NODES; i += 1) {
    const [port, busPort] = [await choosePort(FIRST_PORT + i), await choosePort(FIRST_BUS_PORT + i)];
    nodes.push({ id: `redis_${i + 1}`, port, busPort });
  }
  return nodes;
}

function toAddress({ port }: Node): string {
  return `127.0.0.1:${port}`;
}

interface Surroundings {
  readonly machine: Machine;
  readonly password: string | undefined;
  readonly places: string;
}

/** A file and not arguments, since everybody on the machine can read a process' arguments. */
function toConfig(node: Node, folder: string, { machine, password, places }: Surroundings): string {
  return [
    `include "${join(machine.checkout, 'deploy', 'redis', 'redis.conf')}"`,
    'bind 127.0.0.1',
    `port ${node.port}`,
    `cluster-port ${node.busPort}`,
    'cluster-announce-ip 127.0.0.1',
    `dir "${folder}"`,
    `cluster-config-file nodes-${places}.conf`,
    ...(password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`]),
    '',
  ].join('\n');
}
