import { fileURLToPath } from 'node:url';
import type { Machine } from '../machine.js';
import type { PreparedServer } from './server.js';

export interface TargetsOptions {
  readonly machine: Machine;
  readonly consulUrl: string;
  readonly port: number;
  readonly logFile: string;
}

export interface PreparedTargets extends PreparedServer {
  readonly url: string;
}

/** The process that tells Prometheus whom to scrape where it is built without consul_sd, as Debian's is. */
export function preparePrometheusTargets(options: TargetsOptions): PreparedTargets {
  const { machine, consulUrl, port, logFile } = options;
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}/targets`;
  return {
    title: 'Targets for Prometheus',
    address,
    url,
    spec: {
      id: 'prometheus_targets',
      command: process.execPath,
      args: [
        fileURLToPath(new URL('prometheus-targets-main.js', import.meta.url)),
        consulUrl,
        '127.0.0.1',
        String(port),
      ],
      environment: { ...machine.environment },
      logFile,
      stopSignal: 'SIGTERM',
      deathSignal: 'KILL',
    },
    findObstacle: async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
      return response.ok ? undefined : `it answers ${response.status} ${(await response.text()).trim()}`;
    },
  };
}
