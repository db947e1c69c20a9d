import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser } from '../processes/free-port.js';
import { findGrafana } from '../programs/find-grafana.js';
import { replaceAll } from './deploy-files.js';
import type { PreparedServer } from './server.js';

export interface GrafanaOptions {
  /** Absolute; made when absent. */
  readonly dataDir: string;
  readonly prometheusUrl: string;
  /** Without it, any free one. */
  readonly port?: number;
  readonly machine?: Machine;
  readonly logFile?: string;
}

export interface PreparedGrafana extends PreparedServer {
  readonly url: string;
}

const DATASOURCE = 'datasources/prometheus.yml';
const DASHBOARDS = 'dashboards/flight-booking.yml';

/**
 * Grafana on loopback with the data source and the dashboards of deploy/grafana, readable without a name; starts nothing.
 * Undefined when there is no Grafana on the PATH: nothing fetches it, and the stack goes without.
 */
export async function prepareGrafana(options: GrafanaOptions): Promise<PreparedGrafana | undefined> {
  const { dataDir, prometheusUrl, machine = thisMachine() } = options;
  const program = await findGrafana(machine);
  if (program === undefined) return undefined;
  const port = options.port || (await createPortChooser('random')());
  const url = `http://127.0.0.1:${port}`;
  const provisioning = await writeProvisioning(machine, dataDir, prometheusUrl);
  return {
    title: `Grafana ${program.version} (${program.origin})`,
    address: `127.0.0.1:${port}`,
    url,
    spec: {
      id: 'grafana',
      command: program.command,
      args: [...program.subcommand, `--homepath=${program.home}`],
      environment: {
        ...machine.environment,
        GF_SERVER_HTTP_ADDR: '127.0.0.1',
        GF_SERVER_HTTP_PORT: String(port),
        GF_PATHS_DATA: join(dataDir, 'data'),
        GF_PATHS_LOGS: join(dataDir, 'logs'),
        GF_PATHS_PLUGINS: join(dataDir, 'plugins'),
        GF_PATHS_PROVISIONING: provisioning,
        GF_LOG_MODE: 'console',
        GF_AUTH_ANONYMOUS_ENABLED: 'true',
        GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
        GF_ANALYTICS_REPORTING_ENABLED: 'false',
        GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      },
      logFile: options.logFile ?? join(dataDir, 'grafana.log'),
      stopSignal: 'SIGTERM',
      deathSignal: 'KILL',
    },
    findObstacle: () => findObstacle(url),
  };
}

/** The files of deploy/grafana/provisioning with this machine's addresses and folders. */
async function writeProvisioning(machine: Machine, dataDir: string, prometheusUrl: string): Promise<string> {
  const source = join(machine.checkout, 'deploy', 'grafana');
  const into = join(dataDir, 'provisioning');
  await mkdir(dataDir, { recursive: true });
  await rm(into, { recursive: true, force: true });
  await cp(join(source, 'provisioning'), into, { recursive: true });
  const rewrite = async (file: string, passages: Readonly<Record<string, string>>) =>
    writeFile(join(into, file), replaceAll(await readFile(join(into, file), 'utf8'), passages));
  await rewrite(DATASOURCE, { 'http://prometheus:9090': prometheusUrl });
  await rewrite(DASHBOARDS, { '/etc/grafana/dashboards': join(source, 'dashboards') });
  return into;
}

async function findObstacle(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2_000) });
  return response.ok ? undefined : `it answers ${response.status} to /api/health`;
}
