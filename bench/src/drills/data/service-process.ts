import { fileURLToPath } from 'node:url';
import { type RunningProcess, SERVICES, startProcess } from '@flight/local';

/** Our own processes on surroundings that `startStack` does not make. */
export interface ServicePlace {
  /** Name of the service: `user-service`. */
  readonly service: string;
  /** 1 for the first instance. */
  readonly number: number;
  /** Absolute; receives the log. */
  readonly folder: string;
  /** All that the process is told. */
  readonly environment: Readonly<Record<string, string>>;
}

const CHECKOUT = new URL('../../../../../', import.meta.url);

/** Starts one instance of a service; it ends with this process. It may not be ready yet. */
export function startService({
  service,
  number,
  folder,
  environment,
}: ServicePlace): Promise<RunningProcess> {
  const description = SERVICES.find(({ name }) => name === service);
  if (description === undefined) throw new Error(`there is no service called ${service}`);
  const id = `${description.instancePrefix}_${number}`;
  return startProcess({
    id,
    command: process.execPath,
    args: [...(description.nodeFlags ?? []), fileURLToPath(new URL(description.entry, CHECKOUT))],
    environment: { PATH: process.env.PATH, INSTANCE_ID: id, HOST: '127.0.0.1', ...environment },
    logFile: `${folder}/logs/${id}.log`,
    stopSignal: 'SIGTERM',
    deathSignal: 'KILL',
  });
}
