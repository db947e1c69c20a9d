import { UserServiceDefinition } from '@flight/proto/user';
import type { CallOptions, ChannelOptions } from '@grpc/grpc-js';
import { openBareClient } from './bare-client.js';

/** A bare client of what the small mesh serves. */
export interface BareUserClient {
  /** @throws the ServiceError that grpc-js gave */
  getUser(userId: number, options?: CallOptions): Promise<void>;
  close(): void;
}

/** @param target an address of grpc-js */
export function openBareUserClient(target: string, channelOptions?: ChannelOptions): BareUserClient {
  const { call, close } = openBareClient(target, channelOptions);
  return {
    getUser: (userId, options) => call(UserServiceDefinition, 'getUser', { userId }, options),
    close,
  };
}
