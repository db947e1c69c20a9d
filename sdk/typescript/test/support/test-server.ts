import { once } from 'node:events';
import { createServer } from 'node:http2';
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

/** @param port of a server that was closed, to come back there; any free one by default */
export async function openTestServer(routes: (router: ConnectRouter) => void, port = 0): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer(connectNodeAdapter({ routes }));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
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
