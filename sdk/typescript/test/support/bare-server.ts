import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A server below gRPC, for what no server that is whole does. */
export interface BareServer {
  readonly address: string;
  close(): void;
}

export async function openBareServer(answer: (stream: ServerHttp2Stream) => void): Promise<BareServer> {
  const server = createServer().on('stream', (stream) => {
    // A stream that is reset on purpose fails here too.
    stream.on('error', () => undefined);
    answer(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

export const GRPC = { 'content-type': 'application/grpc' };

/** Refuses a call before anything else. */
export function refuseAtOnce(stream: ServerHttp2Stream, code: number): void {
  stream.respond({ ...GRPC, 'grpc-status': code }, { endStream: true });
}
