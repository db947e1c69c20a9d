import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser } from '../processes/free-port.js';
import { findRedis } from '../programs/find-redis.js';
import { askRedis } from './ask-redis.js';
import { openServer, type PreparedServer } from './server.js';

export interface RedisOptions {
  /** Absolute; made when absent. */
  readonly dataDir: string;
  /** Without it, any free one. */
  readonly port?: number;
  /** Without it, clients need none: for tests on loopback. */
  readonly password?: string;
  /** The node is one of a cluster (Redis 7 or newer); which slots it holds is left to whoever asked for it. */
  readonly cluster?: boolean;
  readonly machine?: Machine;
  readonly logFile?: string;
}

export interface PreparedRedis extends PreparedServer {
  /** In the form of REDIS_NODES: `host:port`. */
  readonly nodes: string;
}

export interface OpenRedis {
  readonly nodes: string;
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * One Redis node on loopback. It keeps nothing on disk: the system uses Redis as a cache and a loudspeaker only.
 * @throws MissingProgram when there is no Redis; Error when it does not start
 */
export async function openRedis(options: RedisOptions): Promise<OpenRedis> {
  const { server, running } = await openServer(() => prepareRedis(options), Boolean(options.port));
  return { nodes: server.nodes, pid: running.pid, close: async () => void (await running.stop()) };
}

/** Finds Redis and writes its configuration; starts nothing. */
export async function prepareRedis(options: RedisOptions): Promise<PreparedRedis> {
  const { dataDir, password, machine = thisMachine() } = options;
  const program = await findRedis(machine);
  const choosePort = createPortChooser('random');
  const port = options.port || (await choosePort());
  const clusterPort = options.cluster ? await choosePort() : undefined;
  const nodes = `127.0.0.1:${port}`;
  const configFile = join(dataDir, 'redis.conf');
  await mkdir(dataDir, { recursive: true });
  await writeFile(configFile, toConfig(dataDir, port, password, clusterPort), { mode: 0o600 });
  return {
    title: `Redis ${program.version} (${program.origin})`,
    address: nodes,
    nodes,
    spec: {
      id: 'redis',
      command: program.command,
      args: [configFile],
      environment: { ...machine.environment, ...program.environment },
      logFile: options.logFile ?? join(dataDir, 'redis.log'),
      stopSignal: 'SIGTERM',
      deathSignal: 'KILL',
    },
    findObstacle: () => findObstacle(nodes, password),
  };
}

/** A file and not arguments, since everybody on the machine can read a process' arguments. */
function toConfig(dataDir: string, port: number, password?: string, clusterPort?: number): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir "${dataDir}"`,
    'save ""',
    'appendonly no',
    'maxmemory 256mb',
    'maxmemory-policy allkeys-lru',
    ...(password === undefined ? [] : [`requirepass ${password}`]),
    ...(clusterPort === undefined
      ? []
      : ['cluster-enabled yes', `cluster-port ${clusterPort}`, 'cluster-announce-ip 127.0.0.1']),
    '',
  ].join('\n');
}

/** Ready is: it lets us in with this password and answers PING. */
async function findObstacle(address: string, password: string | undefined): Promise<undefined> {
  await askRedis(address, password, 'PING');
}
