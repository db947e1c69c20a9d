export { dumpDatabase, restoreDatabase } from './backup/database-backup.js';
export { type DatabaseWriter, findWriter, type OwnerAccess } from './backup/database-writer.js';
export { type Closing, createClosing } from './closing.js';
export { formatTable } from './commands/text-table.js';
export { type Gate, openGate } from './gate.js';
export { type Machine, thisMachine } from './machine.js';
export { compareWarehouse, type WarehouseComparison } from './observe/compare-warehouse.js';
export { createPortChooser, type PortChooser } from './processes/free-port.js';
export { type ProcessSpec, type RunningProcess, startProcess } from './processes/start-process.js';
export { openTemporaryFolder, type TemporaryFolder } from './processes/temporary-folder.js';
export { findGrpcurl } from './programs/find-grpcurl.js';
export { findOnPath } from './programs/find-on-path.js';
export { MissingProgram } from './programs/find-program.js';
export { type CommandOptions, runCommand } from './programs/run-command.js';
export { type ConsulOptions, type OpenConsul, openConsul } from './servers/consul-server.js';
export {
  type OpenPatroniCluster,
  openPatroniCluster,
  type PatroniClusterOptions,
} from './servers/open-patroni-cluster.js';
export { type OpenRedisCluster, openRedisCluster } from './servers/open-redis-cluster.js';
export type { PatroniCluster, PatroniNode } from './servers/patroni-cluster.js';
export type { PatroniMember } from './servers/patroni-rest.js';
export {
  type OpenPostgres,
  openPostgres,
  type PostgresFacts,
  type PostgresOptions,
} from './servers/postgres-server.js';
export { type OpenPrometheus, openPrometheus, type PrometheusOptions } from './servers/prometheus-server.js';
export { type OpenRedis, openRedis, type RedisOptions } from './servers/redis-server.js';
export { settleInTurns } from './settle-in-turns.js';
export type { RollStep } from './stack/roll.js';
export type { Instance, Stack, StackDatabase, StackProcess } from './stack/running-stack.js';
export { openSecrets, type Secrets } from './stack/secrets.js';
export { SERVICES, type ServiceDescription } from './stack/services.js';
export { type StackOptions, startStack } from './stack/stack.js';
export { readStackRecord, type StackRecord } from './stack/stack-record.js';
export { openTestBed, type TestBed, type TestBedOptions, type TestDatabase } from './test-bed.js';
export { until } from './until.js';
export { traced, WORK_CHANNEL, type Work, type WorkKind } from './work.js';
