import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type ControlAnswer, parseControlRequest, toControlSocket } from './control-wire.js';
import { describeStep } from './describe-step.js';
import type { Stack } from './running-stack.js';

/** Takes orders from other terminals of the same user. */
export interface ControlServer {
  /** Takes no further orders; one that is being carried out is told to end. */
  close(): Promise<void>;
}

/**
 * Listens on a socket file in the data folder that only its owner can open.
 * @param report receives a line for each thing that is done on somebody's order
 */
export async function openControl(
  stack: Pick<Stack, 'dataDir' | 'roll'>,
  report: (line: string) => void,
): Promise<ControlServer> {
  const file = toControlSocket(stack.dataDir);
  // One that a killed launcher left; the run lock says that it is ours.
  await rm(file, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Whoever goes away in the middle wants no answer; 'close' follows and ends the roll.
    socket.on('error', () => socket.destroy());
    void serve(socket, stack, report);
  });
  // The file gets its rights when it is made, so that there is no moment at which others could open it.
  const mask = process.umask(0o177);
  try {
    server.listen(file);
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
  return {
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(file, { force: true });
    },
  };
}

async function serve(
  socket: Socket,
  stack: Pick<Stack, 'roll'>,
  report: (line: string) => void,
): Promise<void> {
  const left = new AbortController();
  socket.on('close', () => left.abort(new Error('whoever asked for it is gone')));
  const say = (answer: ControlAnswer) => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
  };
  try {
    const lines = createInterface({ input: socket });
    // The socket's own listener deals with it.
    lines.on('error', () => lines.close());
    const [line] = (await once(lines, 'line', { signal: left.signal })) as [string];
    const request = parseControlRequest(line);
    if (request.command === 'roll') {
      const tell = (text: string) => {
        report(text);
        say({ kind: 'line', text });
      };
      await stack.roll(request.service, (step) => tell(describeStep(step)), left.signal);
    }
    say({ kind: 'done' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report(`order from another terminal failed: ${why}`);
    say({ kind: 'failed', why });
  }
  socket.end();
}
