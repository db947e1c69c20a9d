import { Agent, type IncomingMessage, request } from 'node:http';

/** What a REST request was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON. */
  readonly body: unknown;
}

/** A request to the edge. */
export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  /** Headers besides, in lower case: `idempotency-key`, `x-request-timeout`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Closes the connection, as a client does that dies. */
  readonly signal?: AbortSignal;
}

/** Sends requests over as many keep-alive connections as there are requests at once. */
export interface RestClient {
  /** @throws Error when the connection breaks, or no answer has come after 90 s */
  ask(question: Question): Promise<Answer>;
  /** How many connections are open and idle. */
  readonly idle: number;
  close(): void;
}

const PATIENCE_MS = 90_000;
const CONNECTIONS_MAX = 16_000;

/** Opens no connection before the first request. */
export function openRestClient(edgeUrl: string): RestClient {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, maxFreeSockets: CONNECTIONS_MAX });
  return {
    get idle() {
      return Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
    },
    close: () => agent.destroy(),
    ask({ method, path, token, headers, body, signal }) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      return new Promise((resolve, reject) => {
        const asking = request(`${edgeUrl}${path}`, {
          method,
          agent,
          timeout: PATIENCE_MS,
          headers: {
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
          ...(signal && { signal }),
        });
        asking.on('timeout', () => asking.destroy(new Error(`no answer after ${PATIENCE_MS} ms`)));
        asking.on('error', reject);
        asking.on('response', (response) => void readAnswer(response).then(resolve, reject));
        asking.end(text);
      });
    },
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
