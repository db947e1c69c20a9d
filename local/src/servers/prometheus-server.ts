import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createClosing } from '../closing.js';
import { type Machine, thisMachine } from '../machine.js';
import { createPortChooser, type PortChooser } from '../processes/free-port.js';
import { findPrometheus, type Prometheus } from '../programs/find-prometheus.js';
import { runCommand } from '../programs/run-command.js';
import { replaceAll } from './deploy-files.js';
import { type PreparedTargets, preparePrometheusTargets } from './prometheus-targets.js';
import { type PreparedServer, startServer } from './server.js';

export interface PrometheusOptions {
  /** Absolute; made when absent. */
  readonly dataDir: string;
  /** Where it finds whom to ask: `http://127.0.0.1:8500`. */
  readonly consulUrl: string;
  /** Without it, any free one. */
  readonly port?: number;
  /** Chooses the port of what stands in for consul_sd; a chooser of its own by default. */
  readonly choosePort?: PortChooser;
  /** Time between two scrapes of a process, two evaluations of a rule, two looks at Consul, in seconds; 5 without it. */
  readonly everySeconds?: number;
  readonly machine?: Machine;
  readonly logFile?: string;
}

export interface PreparedPrometheus {
  readonly url: string;
  /** `prometheus`, and before it `prometheus_targets` where this build needs to be told whom to scrape. */
  readonly servers: readonly PreparedServer[];
}

export interface OpenPrometheus {
  readonly url: string;
  close(): Promise<void>;
}

/** What is older, or more than this, is dropped. */
const RETENTION = ['--storage.tsdb.retention.time=7d', '--storage.tsdb.retention.size=512MB'];

/**
 * Prometheus on loopback with the configuration and the rules of deploy/prometheus: it scrapes whatever Consul knows with the
 * metadata `admin_port`.
 * @throws MissingProgram when there is no Prometheus; Error when it does not start
 */
export async function openPrometheus(options: PrometheusOptions): Promise<OpenPrometheus> {
  const { url, servers } = await preparePrometheus(options);
  const closing = createClosing();
  try {
    for (const server of servers) {
      const running = await startServer(server);
      closing.add(async () => void (await running.stop()));
    }
    return { url, close: closing.close };
  } catch (error) {
    throw await closing.closeAfter(error);
  }
}

/** Finds Prometheus and writes its configuration; starts nothing. */
export async function preparePrometheus(options: PrometheusOptions): Promise<PreparedPrometheus> {
  const { dataDir, machine = thisMachine() } = options;
  const program = await findPrometheus(machine);
  const choosePort = options.choosePort ?? createPortChooser('random');
  const port = options.port || (await choosePort());
  const { logFile = join(dataDir, 'prometheus.log') } = options;
  const configFile = join(dataDir, 'prometheus.yml');
  const config = await writeConfig(machine, configFile, port, options);
  let targets: PreparedTargets | undefined;
  if (!(await knowsConsul(program, configFile))) {
    const log = join(dirname(logFile), 'prometheus_targets.log');
    const place = { machine, port: await choosePort(), logFile: log };
    targets = preparePrometheusTargets({ ...place, consulUrl: options.consulUrl });
    await writeFile(configFile, askTargets(config, options.consulUrl, targets.url));
  }
  const prometheus = describePrometheus(program, { dataDir, configFile, port, logFile, machine });
  return { url: `http://127.0.0.1:${port}`, servers: targets ? [targets, prometheus] : [prometheus] };
}

interface Place {
  readonly dataDir: string;
  readonly configFile: string;
  readonly port: number;
  readonly logFile: string;
  readonly machine: Machine;
}

function describePrometheus(program: Prometheus, place: Place): PreparedServer {
  const address = `127.0.0.1:${place.port}`;
  return {
    title: `Prometheus ${program.version} (${program.origin})`,
    address,
    spec: {
      id: 'prometheus',
      command: program.command,
      args: [
        `--config.file=${place.configFile}`,
        `--storage.tsdb.path=${join(place.dataDir, 'data')}`,
        ...RETENTION,
        `--web.listen-address=${address}`,
        '--log.format=json',
      ],
      environment: { ...place.machine.environment, ...program.environment },
      logFile: place.logFile,
      stopSignal: 'SIGTERM',
      deathSignal: 'KILL',
    },
    findObstacle: () => findObstacle(`http://${address}`),
  };
}

/** Writes the files of deploy/prometheus for this machine and answers the configuration's text. */
async function writeConfig(
  machine: Machine,
  configFile: string,
  port: number,
  { dataDir, consulUrl, everySeconds = 5 }: PrometheusOptions,
): Promise<string> {
  const source = join(machine.checkout, 'deploy', 'prometheus');
  const rules = join(dataDir, 'rules');
  await mkdir(dataDir, { recursive: true });
  // A rule that is gone must not linger.
  await rm(rules, { recursive: true, force: true });
  await cp(join(source, 'rules'), rules, { recursive: true });
  for (const name of await readdir(rules)) {
    const text = await readFile(join(rules, name), 'utf8');
    await writeFile(join(rules, name), text.replaceAll('interval: 30s', `interval: ${everySeconds * 6}s`));
  }
  const config = replaceAll(await readFile(join(source, 'prometheus.yml'), 'utf8'), {
    'server: consul:8500': `server: ${new URL(consulUrl).host}`,
    'localhost:9090': `127.0.0.1:${port}`,
    'scrape_timeout: 2s': `scrape_timeout: ${Math.min(2, everySeconds)}s`,
    'interval: 5s': `interval: ${everySeconds}s`,
  });
  await writeFile(configFile, config);
  return config;
}

/** Debian builds Prometheus without consul_sd, since it has no Consul any more. @throws Error when something else is wrong */
async function knowsConsul({ promtool }: Prometheus, configFile: string): Promise<boolean> {
  try {
    await runCommand(promtool, ['check', 'config', '--syntax-only', configFile], { timeoutMs: 20_000 });
    return true;
  } catch (error) {
    if (/consul_sd_configs/.test(String(error))) return false;
    throw error;
  }
}

function askTargets(config: string, consulUrl: string, targetsUrl: string): string {
  return replaceAll(config, {
    'consul_sd_configs:': 'http_sd_configs:',
    [`server: ${new URL(consulUrl).host}`]: `url: ${targetsUrl}`,
  });
}

/** Ready is: it has read its data and answers questions. */
async function findObstacle(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
  return response.ok ? undefined : `it answers ${response.status} to /-/ready`;
}
