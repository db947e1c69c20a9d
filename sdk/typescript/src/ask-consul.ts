import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { json } from 'node:stream/consumers';

/** The Consul agent that is asked. */
export interface ConsulAgent {
  /** Base URL, such as http://localhost:8500. */
  readonly url: string;
  /** Sent as X-Consul-Token. */
  readonly token: string | undefined;
}

/** What an agent knows of a service. */
export interface ConsulAnswer {
  /** What to ask for changes since; 0 when the agent named none. */
  readonly index: number;
  /** `host:port` of each instance that passes its checks. */
  readonly addresses: readonly string[];
}

interface Entry {
  readonly Node: { readonly Address: string };
  readonly Service: { readonly Address: string; readonly Port: number };
}

/**
 * Asks an agent for what is new since an index; it holds the answer back for so long when nothing is.
 *
 * @throws Error whose message goes on after the agent's name
 */
export async function askConsul(
  { url, token }: ConsulAgent,
  service: string,
  index: number,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<ConsulAnswer> {
  const question = new URL(`${url}/v1/health/service/${encodeURIComponent(service)}`);
  const search = { passing: 'true', index: String(index), wait: `${waitSeconds}s` };
  question.search = new URLSearchParams(search).toString();
  const response = await get(question, token === undefined ? {} : { 'x-consul-token': token }, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`answers ${response.statusCode}`);
  }
  const entries = (await json(response)) as readonly Entry[];
  const addresses = entries.map(({ Node, Service }) =>
    toAddress(Service.Address || Node.Address, Service.Port),
  );
  return { index: Number(response.headers['x-consul-index'] ?? 0), addresses };
}

/** Not fetch: that may go through a proxy that the environment names, and carries the token along redirects. */
function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? getSecure : getPlain;
    // `agent: false` is a connection for this question alone.
    ask(url, { agent: false, headers, signal }, resolve).on('error', (error: NodeJS.ErrnoException) =>
      // Where a name has several addresses, the error of them all has a code alone.
      reject(new Error(`can't be reached: ${error.message || error.code}`, { cause: error })),
    );
  });
}

function toAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
