import { once } from 'node:events';
import { createSecureServer, createServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';

/** A gRPC server on loopback that answers as a test wants. */
export interface TestServer {
  readonly address: string;
  /** Breaks every connection, as a killed process does. */
  cut(): void;
  /** Cuts and listens no more. */
  close(): Promise<void>;
}

/** @param tls what it is reached with; plain HTTP/2 by default */
export async function openTestServer(
  routes: (router: ConnectRouter) => void,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const answer = connectNodeAdapter({ routes });
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
