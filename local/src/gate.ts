import { connect, createServer, type Socket } from 'node:net';
import { createPortChooser } from './processes/free-port.js';

/** A way to a server that a test can close: then connections break, and new ones are refused, as if it were gone. */
export interface Gate {
  readonly host: string;
  readonly port: number;
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** Opens a gate before a server, at a port that stays the same. */
export async function openGate(target: { readonly host: string; readonly port: number }): Promise<Gate> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // A connection that breaks is what this gate is for; both ends hear of it by themselves.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(target);
    keep(near);
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  // Not one that the system picks: an outgoing connection could take it while the gate is shut.
  const port = await createPortChooser('random')();
  await listen(port);
  return {
    host: '127.0.0.1',
    port,
    shut: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    open: () => listen(port),
  };
}
