import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Consul agent on loopback that answers as a test wants. */
export interface TestAgent {
  readonly url: string;
  readonly asked: { readonly path: string; readonly search: URLSearchParams; readonly token: unknown }[];
  /** Answers with these one after the other; what comes then is held for ever. */
  script(...answers: ((response: ServerResponse) => void)[]): void;
  close(): void;
}

export async function openTestAgent(): Promise<TestAgent> {
  const asked: TestAgent['asked'] = [];
  let next: ((response: ServerResponse) => void)[] = [];
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: search } = new URL(request.url ?? '', 'http://agent');
    asked.push({ path, search, token: request.headers['x-consul-token'] });
    next.shift()?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    script(...answers) {
      next = answers;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers that these pass their checks. */
export function sayThat(response: ServerResponse, index: number, addresses: readonly string[]): void {
  const entries = addresses.map((address, at) => {
    const [host, port] = address.split(':');
    // Only the first one has an address of its own, beside its node's.
    return { Node: { Address: host }, Service: { Address: at === 0 ? host : '', Port: Number(port) } };
  });
  response.setHeader('x-consul-index', index);
  response.end(JSON.stringify(entries));
}
