import { join, resolve } from 'node:path';
import type { Machine } from '../machine.js';
import type { ProcessSpec } from '../processes/start-process.js';
import type { Infrastructure } from './infrastructure.js';
import type { PlannedInstance } from './plan-instances.js';
import type { Secrets } from './secrets.js';

export interface InstanceSurroundings {
  readonly machine: Machine;
  readonly dataDir: string;
  readonly infrastructure: Pick<Infrastructure, 'consulUrl' | 'redis'>;
  readonly secrets: Secrets;
  /** Passed on to every service as it is, before what we decide. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How one instance of a service is started: everything it needs to know is in its environment. */
export function toInstanceProcess(instance: PlannedInstance, around: InstanceSurroundings): ProcessSpec {
  return {
    id: instance.id,
    command: process.execPath,
    args: [
      '--enable-source-maps',
      ...(instance.service.nodeFlags ?? []),
      resolve(around.machine.checkout, instance.service.entry),
    ],
    environment: { ...around.machine.environment, ...around.environment, ...toEnvironment(instance, around) },
    logFile: join(around.dataDir, 'logs', `${instance.id}.log`),
    stopSignal: 'SIGTERM',
    deathSignal: 'KILL',
  };
}

function toEnvironment(
  { id, service, port, adminPort }: PlannedInstance,
  { infrastructure, secrets }: InstanceSurroundings,
): Record<string, string> {
  const { database } = service;
  return {
    INSTANCE_ID: id,
    HOST: '127.0.0.1',
    ...(service.serves === 'http'
      ? { HTTP_PORT: String(port) }
      : { GRPC_PORT: String(port), ADMIN_PORT: String(adminPort) }),
    CONSUL_URL: infrastructure.consulUrl,
    REDIS_NODES: infrastructure.redis.nodes,
    REDIS_MODE: infrastructure.redis.mode,
    REDIS_PASSWORD: secrets('redis'),
    ...(database && {
      DATABASE_SERVICE: database.service,
      DATABASE_NAME: database.name,
      DATABASE_USER: database.user,
      DATABASE_PASSWORD: secrets(database.service),
    }),
    ...(database?.readerRole && { ANALYST_ROLE: database.readerRole }),
    SERVICE_SECRET: secrets('service'),
    ...(service.signsTokens && { SIGNING_KEY_SECRET: secrets('signing-key') }),
  };
}
