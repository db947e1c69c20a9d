import type { Cluster } from 'ioredis';
import type { RedisClient } from './open-redis.js';

type SendCommand = Cluster['sendCommand'];

/** Stands before every command of a new client, those of scripts and pipelines too; what `send` gives back is the answer. */
export type Interceptor = (
  command: Parameters<SendCommand>[0],
  send: () => ReturnType<SendCommand>,
  pipelined: boolean,
) => ReturnType<SendCommand>;

/** Puts an interceptor before those that a client has. */
export function intercept(client: RedisClient, interceptor: Interceptor): void {
  // All commands pass here.
  const sender: Pick<Cluster, 'sendCommand'> = client;
  const send = sender.sendCommand.bind(client);
  sender.sendCommand = (command, stream, node) =>
    interceptor(command, () => send(command, stream, node), stream !== undefined);
}
