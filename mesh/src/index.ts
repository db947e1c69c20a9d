export { bearerToken } from './call-metadata.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type ChangeRequest,
  createChangeFeed,
  type FeedMessage,
} from './changes/change-feed.js';
export { type HistoryTable, toPageStatement } from './changes/history-table.js';
export type { CallOptions } from './client/call-options.js';
export type { Client } from './client/dial.js';
export type { Closing } from './closing.js';
export { envDurationMs, envList, envPort, envSwitch } from './config/env-types.js';
export {
  type ConsulConfig,
  type DatabaseConfig,
  databaseEnv,
  type ProcessConfig,
  processEnv,
  type RedisConfig,
  redisEnv,
  toDatabaseConfig,
  toProcessConfig,
  toRedisConfig,
} from './config/process-config.js';
export { ConfigError, readEnv } from './config/read-env.js';
export type { Instance } from './consul/instance.js';
export type { InstanceSet } from './consul/watch.js';
export { pause, remainingMs, untilAborted, whenOver } from './deadline.js';
export { type Facts, Fault, type FaultKind, type FaultOptions, type MeshReason } from './fault.js';
export { createLogger, type LogConfig, type Logger } from './log.js';
export type { MessageType, RequestOf, ResponseOf, ServiceDefinition } from './method.js';
export type { Metrics } from './metrics.js';
export { withOwnLimits } from './own-limits.js';
export { type Position, parsePageToken, type Scope, toPageToken } from './page-token.js';
export { databaseUnavailable, toConnectionFault } from './postgres/connection-fault.js';
export type { Database, QueryOptions, Statement, Transaction } from './postgres/database.js';
export { type MeshProcess, openProcess } from './process.js';
export type { Readiness } from './readiness.js';
export type { RedisClient } from './redis/open-redis.js';
export type { RedisChannel } from './redis/redis-channel.js';
export { type Running, runProcess } from './run-process.js';
export type { CallContext } from './server/call-context.js';
export { type Handlers, implement, type ServiceBinding } from './server/implement.js';
export { findTraceparent, traceIdOf } from './tracing/traceparent.js';
export type { Span, SpanAttributes, SpanEnd, SpanStart, Tracer } from './tracing/tracer.js';
export {
  createServiceCredential,
  type ServiceCredential,
  type ServiceCredentialOptions,
} from './trust/service-credential.js';
export {
  createTokenVerifier,
  type Identity,
  type TokenVerifier,
  type TokenVerifierOptions,
  tokenExpired,
} from './trust/token-verifier.js';
