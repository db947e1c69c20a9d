import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered to questions about health instead of the truth. */
export type Lie = 'empty' | 'forbidden' | 'broken';

/** A reverse proxy before an agent that lies when it is told to. */
export interface LyingConsul {
  readonly url: string;
  /** What is answered from now on; those who wait for news are answered at once. */
  tell(lie: Lie | undefined): void;
  /** How many watchers were told it. Who does not watch, such as the naive control, does not count. */
  watchersTold(lie: Lie): number;
  close(): Promise<void>;
}

const ANSWERS: Readonly<Record<Lie, readonly [status: number, body: string]>> = {
  empty: [200, '[]'],
  forbidden: [403, 'Permission denied'],
  broken: [500, 'No cluster leader'],
};

/** Opens the proxy on loopback. */
export async function openLyingConsul(agentUrl: string): Promise<LyingConsul> {
  const told: Record<Lie, number> = { empty: 0, forbidden: 0, broken: 0 };
  const waiting = new Set<() => void>();
  let lie: Lie | undefined;

  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = incoming.url ?? '/';
    const aboutHealth = url.startsWith('/v1/health/service/');
    if (lie !== undefined && aboutHealth) sendLie(lie, url, outgoing);
    else forward(incoming, outgoing, aboutHealth);
  }

  function sendLie(what: Lie, url: string, outgoing: ServerResponse): void {
    const [status, body] = ANSWERS[what];
    // The naive control names no tag, index or wait and asks with a bare `?passing`.
    if (!url.endsWith('?passing')) told[what] += 1;
    outgoing.writeHead(status, { 'content-type': 'application/json', 'x-consul-index': '1' }).end(body);
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse, aboutHealth: boolean): void {
    const { method, headers, url = '/' } = incoming;
    const upstream = request(`${agentUrl}${url}`, { method, headers }, (answered) => {
      waiting.delete(interrupt);
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(outgoing);
    });
    const interrupt = () => {
      upstream.destroy();
      if (lie !== undefined && !outgoing.headersSent) sendLie(lie, url, outgoing);
    };
    upstream.on('error', () => {
      if (!outgoing.headersSent) outgoing.destroy();
    });
    outgoing.on('close', () => {
      waiting.delete(interrupt);
      upstream.destroy();
    });
    if (aboutHealth) waiting.add(interrupt);
    incoming.pipe(upstream);
  }

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell(what) {
      lie = what;
      if (lie !== undefined) for (const interrupt of [...waiting]) interrupt();
    },
    watchersTold: (what) => told[what],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
