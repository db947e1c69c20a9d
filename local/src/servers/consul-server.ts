import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser, type PortChooser } from '../processes/free-port.js';
import { findConsul } from '../programs/find-consul.js';
import { openServer, type PreparedServer } from './server.js';

export interface ConsulOptions {
  /** Absolute; made when absent. */
  readonly dataDir: string;
  /** HTTP port; without it, any free one. */
  readonly port?: number;
  /** Chooses its other ports, so that nobody who starts beside it is given the same; a chooser of its own by default. */
  readonly choosePort?: PortChooser;
  /**
   * `server` (default): one server that keeps its data. `dev`: the same in memory, elected in a fifth of a second, for tests;
   * a restart forgets everything.
   */
  readonly mode?: 'server' | 'dev';
  readonly machine?: Machine;
  readonly logFile?: string;
}

export interface PreparedConsul extends PreparedServer {
  readonly url: string;
  /** A service definition written here is registered at every start of the agent. */
  readonly configDir: string;
}

export interface OpenConsul {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * A Consul agent on loopback with UI and Connect, configured by consul/server.hcl.
 * @throws MissingProgram when there is no Consul; Error when it does not start
 */
export async function openConsul(options: ConsulOptions): Promise<OpenConsul> {
  const { server, running } = await openServer(() => prepareConsul(options), Boolean(options.port));
  return { url: server.url, pid: running.pid, close: async () => void (await running.stop()) };
}

/** Finds Consul and decides its command line; starts nothing. */
export async function prepareConsul(options: ConsulOptions): Promise<PreparedConsul> {
  const { dataDir, mode = 'server', machine = thisMachine() } = options;
  const program = await findConsul(machine);
  const configDir = join(dataDir, 'config');
  await mkdir(configDir, { recursive: true });
  const chooser = options.choosePort ?? createPortChooser('random');
  const port = options.port || (await chooser());
  const url = `http://127.0.0.1:${port}`;
  const storage = mode === 'dev' ? ['-dev'] : ['-server', '-bootstrap-expect=1', `-data-dir=${dataDir}/data`];
  return {
    title: `Consul ${program.version} (${program.origin})`,
    address: `127.0.0.1:${port}`,
    url,
    configDir,
    spec: {
      id: 'consul',
      command: program.command,
      args: [
        'agent',
        ...storage,
        `-config-file=${join(machine.checkout, 'consul', 'server.hcl')}`,
        `-config-dir=${configDir}`,
        '-node=local',
        '-ui',
        '-bind=127.0.0.1',
        '-client=127.0.0.1',
        `-http-port=${port}`,
        ...(await listOtherPorts(program.version, chooser)),
      ],
      environment: { ...machine.environment, ...program.environment },
      logFile: options.logFile ?? join(dataDir, 'consul.log'),
      // Leaving in order takes half a second.
      stopSignal: mode === 'dev' ? 'SIGKILL' : 'SIGINT',
      deathSignal: 'KILL',
    },
    findObstacle: () => findObstacle(url),
  };
}

async function listOtherPorts(version: string, choose: PortChooser): Promise<string[]> {
  const [major = 1, minor = 0] = version.split('.').map(Number);
  const ports = [
    '-dns-port=-1',
    '-serf-wan-port=-1',
    `-serf-lan-port=${await choose()}`,
    `-server-port=${await choose()}`,
    `-grpc-port=${await choose()}`,
  ];
  // Consul 1.14 opened a second gRPC port by default; earlier ones don't know the flag.
  return major > 1 || minor >= 14 ? [...ports, '-grpc-tls-port=-1'] : ports;
}

/** Ready is: a leader is elected and has put its own node into the catalog. */
async function findObstacle(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/v1/health/service/consul?passing`, {
    signal: AbortSignal.timeout(2_000),
  });
  const body: unknown = response.ok ? await response.json() : await response.text();
  if (!Array.isArray(body)) return `it answers ${response.status} ${String(body).slice(0, 80)}`;
  return body.length > 0 ? undefined : 'no leader yet';
}
