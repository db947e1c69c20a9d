import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lookFor } from './look-for.js';

/** The full stack in containers, under a project name of its own. */
export interface Engine {
  /** Where the balancer is published. */
  readonly edgeUrl: string;
  /** `docker compose …` of this project; answers what it printed. @throws Error with the end of what it printed */
  compose(...args: readonly string[]): Promise<string>;
  docker(...args: readonly string[]): Promise<string>;
  /** A program of the checkout with the settings of this project. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** The running containers of a service, by name. */
  listContainers(service: string): Promise<readonly string[]>;
  /** Starts a container that was killed and waits until it is healthy. */
  revive(container: string): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
/** Images are built and thirty containers come up within this, on a small machine too. */
const COMMAND_TIMEOUT_MS = 20 * 60_000;
const HEALTHY_TIMEOUT_MS = 120_000;
const OUTPUT_MAX = 64 * 1024 * 1024;

const execute = promisify(execFile);

/** Whether an engine with Compose answers. */
export async function hasDocker(): Promise<boolean> {
  const answers = (...args: string[]) =>
    execute('docker', args, { timeout: 20_000 }).then(
      () => true,
      () => false,
    );
  return (await answers('compose', 'version')) && (await answers('info'));
}

/**
 * The engine of this machine. Nothing is started.
 *
 * @param ports where the balancer, the warehouse and the pages of Consul, Prometheus and Grafana are published
 */
export function openEngine(
  project: string,
  ports: {
    readonly edge: number;
    readonly warehouse: number;
    readonly pages: readonly [number, number, number];
  },
): Engine {
  const [consul, prometheus, grafana] = ports.pages;
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_ANSI: 'never',
    EDGE_PORT: String(ports.edge),
    WAREHOUSE_PORT: String(ports.warehouse),
    CONSUL_PORT: String(consul),
    PROMETHEUS_PORT: String(prometheus),
    GRAFANA_PORT: String(grafana),
    // So that something is being loaded whatever is killed.
    ETL_SCHEDULE: '1s',
  };

  async function run(program: string, ...args: readonly string[]): Promise<string> {
    try {
      const options = { cwd: ROOT, env, timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_MAX };
      return (await execute(program, [...args], options)).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      const end = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
      throw new Error(`${program} ${args.join(' ')}: ${end || String(error)}`);
    }
  }

  const docker = (...args: readonly string[]) => run('docker', ...args);
  const compose = (...args: readonly string[]) => docker('compose', ...args);

  async function isHealthy(container: string): Promise<boolean> {
    return (await docker('inspect', '--format', '{{.State.Health.Status}}', container)).trim() === 'healthy';
  }

  return {
    edgeUrl: `http://127.0.0.1:${ports.edge}`,
    compose,
    docker,
    run,
    async listContainers(service) {
      const printed = await compose('ps', '--format', '{{.Name}}', service);
      return printed.split('\n').filter(Boolean).sort();
    },
    async revive(container) {
      await docker('start', container);
      await lookFor(`${container} to be healthy`, () => isHealthy(container), HEALTHY_TIMEOUT_MS);
    },
  };
}
