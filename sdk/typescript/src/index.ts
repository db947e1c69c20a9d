export { Code } from '@connectrpc/connect';
export { ErrorReason } from '../gen/flight/type/v1/error_reason_pb.js';
export type { FlightClient } from './client.js';
export { type ConnectOptions, connect, type ServiceName } from './connect.js';
export { FlightError, type Reason } from './flight-error.js';
export type { FollowOptions } from './follow-flight.js';
export type { TokenSource } from './token.js';
