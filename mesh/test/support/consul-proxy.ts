import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test makes of an agent's answer before it passes it on; undefined leaves it as it is. */
export interface Forgery {
  readonly status?: number;
  /** X-Consul-Index; null takes the header away. */
  readonly index?: string | null;
  readonly body?: string;
}

/** A proxy between a watch and its agent that forges answers. */
export interface ConsulProxy {
  readonly url: string;
  /** How many answers it has passed on so far. */
  readonly answered: number;
  /** What was asked, path and query, oldest first. */
  readonly asked: readonly string[];
  /** What is done to each answer from now on, if anything. */
  forge: Forgery | undefined;
  close(): Promise<void>;
}

/** Opens a proxy on any port of loopback that passes everything on to the agent. */
export async function openConsulProxy(agentUrl: string): Promise<ConsulProxy> {
  let answered = 0;
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming;
    asked.push(url);
    const upstream = request(`${agentUrl}${url}`, { method, headers }, async (answer) => {
      const trueBody = Buffer.concat(await answer.toArray());
      const { status, index, body } = proxy.forge ?? {};
      answered++;
      const { 'content-length': _, ...passedOn } = answer.headers;
      if (index !== undefined) delete passedOn['x-consul-index'];
      if (typeof index === 'string') passedOn['x-consul-index'] = index;
      outgoing.writeHead(status ?? answer.statusCode ?? 502, passedOn).end(body ?? trueBody);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: ConsulProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get answered() {
      return answered;
    },
    asked,
    forge: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
