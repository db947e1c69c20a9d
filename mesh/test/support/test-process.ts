import type { CallPolicy } from '../../src/config/process-config.js';
import { createLogger, type Logger } from '../../src/log.js';
import { type MeshProcess, openProcess } from '../../src/process.js';

/** A process of the mesh for tests: random ports, quick to leave, quiet or writing its log lines into an array. */
export function openTestProcess(given: {
  readonly consulUrl: string;
  readonly service: string;
  readonly instance: string;
  readonly lines?: string[];
  readonly calls?: CallPolicy;
  readonly callsAtOnce?: number;
  readonly streamsAtOnce?: number;
  readonly faultInjection?: boolean;
}): Promise<MeshProcess> {
  const { service, instance, consulUrl } = given;
  const config = {
    service,
    instance,
    host: '127.0.0.1',
    grpcPort: 0,
    adminPort: 0,
    logLevel: 'info',
    consul: { url: consulUrl, token: undefined },
    lingerMs: 100,
    calls: given.calls,
    callsAtOnce: given.callsAtOnce,
    streamsAtOnce: given.streamsAtOnce,
    faultInjection: given.faultInjection,
  };
  return openProcess(config, logTo(service, instance, given.lines));
}

function logTo(service: string, instance: string, lines: string[] | undefined): Logger {
  if (lines === undefined) return createLogger({ service, instance, level: 'silent' });
  return createLogger({ service, instance, level: 'info' }, { write: (line) => void lines.push(line) });
}
