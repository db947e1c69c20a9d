import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame of the edge, parsed. */
export interface Frame {
  readonly event: string;
  readonly id?: unknown;
  readonly room?: string;
  readonly seq?: number;
  readonly data: Record<string, unknown>;
}

/** A WebSocket client of one edge that remembers everything it was sent. */
export interface UpdateSocket {
  readonly frames: readonly Frame[];
  /** Sends an event and resolves with its answer, the next frame that carries the same id. */
  ask(event: string, data?: unknown): Promise<Frame>;
  /** Sends whatever it is given. */
  sendRaw(data: string | Buffer): void;
  /** Resolves with the first frame, of those that came and those that will, that fits. */
  frame(what: string, fits: (frame: Frame) => boolean): Promise<Frame>;
  /** The updates of a room so far, in the order of arrival. */
  updates(flightCode: string): readonly Frame[];
  /** Resolves with the close code once the socket is closed. */
  readonly closed: Promise<number>;
  close(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/** Connects to an edge as an ordinary client does. Rejects when the upgrade is refused. */
export async function connect(edgeUrl: string, token: string, path = '/ws'): Promise<UpdateSocket> {
  const socket = new WebSocket(`${edgeUrl.replace('http', 'ws')}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const frames: Frame[] = [];
  const listeners = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(JSON.parse(data.toString()) as Frame);
    for (const listener of listeners) listener();
  });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  let asked = 0;

  function frame(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${what} came`))), PATIENCE_MS);
      const look = () => {
        const found = frames.find(fits);
        if (found !== undefined) finish(() => resolve(found));
      };
      function finish(settle: () => void): void {
        clearTimeout(timer);
        listeners.delete(look);
        settle();
      }
      listeners.add(look);
      look();
    });
  }

  return {
    frames,
    frame,
    closed,
    ask(event, data) {
      const id = ++asked;
      socket.send(JSON.stringify({ event, data, id }));
      return frame(`answer to ${event}`, (one) => one.id === id);
    },
    sendRaw: (data) => socket.send(data),
    updates: (flightCode) =>
      frames.filter(
        ({ event, room }) => event === 'flight_update' && room === `flight_updates_${flightCode}`,
      ),
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** How an upgrade is refused: status, headers and body of the answer. */
export function refusedUpgrade(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  protocols: readonly string[] = [],
): Promise<{
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), [...protocols], { headers: { ...headers } });
    socket.on('open', () => reject(new Error('the upgrade was not refused')));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
  });
}
