import { loadConfigReader, toEnvironment } from './environment.js';
import { OURS, ROOT, readText, SCRIPTS } from './files.js';
import type { Listeners } from './ports.js';
import { type Composition, getService } from './read-compose.js';

/** The ports of a service of ours by the code's own reading of its environment. */
interface OwnPorts {
  readonly httpPort?: number;
  readonly process: { readonly grpcPort: number; readonly adminPort?: number };
}

/** The ports that each service listens on by its own configuration. */
export async function readListeners(composition: Composition, secretsDir: string): Promise<Listeners> {
  const patroni = await readText(SCRIPTS.patroni[0]);
  const redis = await readText(SCRIPTS.redis[0]);
  const haproxy = await readText('deploy/haproxy/haproxy.cfg');
  const byName: readonly (readonly [RegExp, readonly number[]])[] = [
    // Consul, PostgreSQL alone, Prometheus and Grafana: their own defaults, which nothing here moves.
    [/^consul/, [8500]],
    [/^warehouse$/, [5432]],
    [/^prometheus$/, [9090]],
    [/^grafana$/, [3000]],
    [/-db-\d$/, numbersIn(patroni, /_LISTEN=0\.0\.0\.0:(\d+)/g)],
    [/^redis-\d$/, numbersIn(redis, /^port (\d+)/gm)],
    [/^balancer$/, numbersIn(haproxy, /^ {2}bind :(\d+)/gm)],
  ];
  const others = Object.keys(composition.services).map(
    (name) => [name, byName.find(([pattern]) => pattern.test(name))?.[1] ?? []] as const,
  );
  const ours = await Promise.all(
    OURS.map(async (name) => [name, await readOwnPorts(composition, name, secretsDir)] as const),
  );
  return Object.fromEntries([...others, ...ours]);
}

async function readOwnPorts(composition: Composition, name: string, secretsDir: string) {
  const readConfig = await loadConfigReader(ROOT, name);
  const environment = toEnvironment(getService(composition, name), secretsDir);
  const { httpPort, process } = readConfig(environment) as OwnPorts;
  // The edge serves everything on one port.
  const ports = httpPort === undefined ? [process.grpcPort, process.adminPort] : [httpPort];
  return ports.filter((port) => port !== undefined);
}

function numbersIn(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, port]) => Number(port));
}
