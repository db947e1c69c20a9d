export { formatTable } from './commands/text-table.js';
export { type Gate, openGate } from './gate.js';
export { createPortChooser, type PortChooser } from './processes/free-port.js';
export { MissingProgram } from './programs/find-program.js';
export { type ConsulOptions, type OpenConsul, openConsul } from './servers/consul-server.js';
export {
  type OpenPostgres,
  openPostgres,
  type PostgresFacts,
  type PostgresOptions,
} from './servers/postgres-server.js';
export { type OpenRedis, openRedis, type RedisOptions } from './servers/redis-server.js';
export type { InfrastructureName, StackDatabase } from './stack/infrastructure.js';
export type { RollStep } from './stack/roll.js';
export type { Instance, Stack, StackProcess } from './stack/running-stack.js';
export { SERVICES, type ServiceDescription } from './stack/services.js';
export { type StackOptions, startStack } from './stack/stack.js';
export { openTestBed, type TestBed, type TestBedOptions, type TestDatabase } from './test-bed.js';
export { until } from './until.js';
