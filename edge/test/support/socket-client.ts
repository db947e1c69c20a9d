import { once } from 'node:events';
import { until } from '@flight/local';
import { type ClientOptions, WebSocket } from 'ws';

/** A frame of the edge, parsed. */
export type ServerFrame = Readonly<Record<string, unknown>>;

/** A client that remembers what it was sent. */
export interface SocketClient {
  readonly ws: WebSocket;
  readonly frames: readonly ServerFrame[];
  /** How many pings came. */
  readonly pings: number;
  /** Sends an event and answers the next frame that is not an update. */
  ask(event: string, data?: unknown, more?: object): Promise<ServerFrame>;
  /** Sends what it is given and answers the next frame that is not an update. */
  say(frame: string | Buffer): Promise<ServerFrame>;
  /** The numbers of a flight's updates so far, in the order of arrival. */
  numbers(flightCode: string): readonly number[];
  /** Resolves with code and reason when it is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<void>;
}

export interface ConnectOptions extends ClientOptions {
  readonly path?: string;
  readonly protocols?: readonly string[];
}

/** Connects, with a token unless the options say otherwise. Rejects when the upgrade is refused. */
export async function connect(
  address: string,
  token: string | undefined,
  { path = '/ws', protocols = [], headers, ...options }: ConnectOptions = {},
): Promise<SocketClient> {
  const ws = new WebSocket(`${address.replace('http', 'ws')}${path}`, [...protocols], {
    ...options,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
  });
  const frames: ServerFrame[] = [];
  let answers: ServerFrame[] = [];
  ws.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as ServerFrame;
    frames.push(frame);
    if (frame.event !== 'flight_update') answers.push(frame);
  });
  // From the beginning: the first one may come before who connects goes on.
  let pings = 0;
  ws.on('ping', () => {
    pings += 1;
  });
  const closed = once(ws, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(ws, 'open');

  async function say(frame: string | Buffer): Promise<ServerFrame> {
    answers = [];
    ws.send(frame);
    await until(() => answers.length > 0);
    return answers[0] as ServerFrame;
  }

  return {
    ws,
    frames,
    get pings() {
      return pings;
    },
    say,
    closed,
    ask: (event, data, more = {}) => say(JSON.stringify({ event, data, ...more })),
    numbers: (flightCode) =>
      frames
        .filter(({ event, room }) => event === 'flight_update' && room === `flight_updates_${flightCode}`)
        .map(({ seq }) => Number(seq)),
    async close() {
      ws.close();
      await closed;
    },
  };
}

/** The answer to an upgrade that is refused. */
export interface RefusedUpgrade {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: unknown;
}

/** Tries to connect. Rejects when that works. */
export function beRefused(address: string, options: ConnectOptions = {}): Promise<RefusedUpgrade> {
  const { path = '/ws', protocols = [], ...rest } = options;
  const ws = new WebSocket(`${address.replace('http', 'ws')}${path}`, [...protocols], rest);
  return new Promise((resolve, reject) => {
    ws.on('open', () => {
      ws.terminate();
      reject(new Error('the upgrade was not refused'));
    });
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }),
      );
    });
  });
}
