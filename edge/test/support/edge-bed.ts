import { openTestBed, until } from '@flight/local';
import type { Logger } from '@flight/mesh';
import type { Config } from '../../src/config.js';
import { type Edge, start } from '../../src/service.js';
import { type Backends, openBackends, SERVICE_SECRET } from './backends.js';
import { type Contract, createContract, type OpenApiDocument } from './contract.js';

export interface AskOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
}

/** A started edge, asked over HTTP. */
export interface StartedEdge extends Edge {
  readonly document: OpenApiDocument;
  /** Asks, and holds the answer against the served OpenAPI document. */
  ask(method: string, path: string, options?: AskOptions): Promise<Asked>;
  /** Asks without holding the answer against anything: where a service is made to answer what its contract excludes. */
  askFreely(method: string, path: string, options?: AskOptions): Promise<Asked>;
}

/** Real Consul, services of the real contracts on the real mesh, and real edges before them. */
export interface EdgeBed {
  readonly backends: Backends;
  /** What edges are started with, unless wished otherwise. */
  readonly config: Config;
  /** Starts an edge and waits until it knows the services. */
  start(wishes?: Partial<Config>, log?: Logger): Promise<StartedEdge>;
  /** A token of user 1, unless wished otherwise. */
  readonly token: Backends['signer']['sign'];
  close(): Promise<void>;
}

export interface EdgeBedOptions {
  readonly userInstances?: number;
}

/** Nothing listens there. */
export const NOWHERE = 'http://127.0.0.1:1';

export async function openEdgeBed({ userInstances = 1 }: EdgeBedOptions = {}): Promise<EdgeBed> {
  const bed = await openTestBed({ consul: true });
  const backends = await openBackends(bed.consulUrl, userInstances);
  const config = createConfig(bed.consulUrl);
  const edges = new Set<Edge>();
  return {
    backends,
    config,
    token: backends.signer.sign,
    async start(wishes = {}, log) {
      const edge = await startEdge({ ...config, ...wishes }, log);
      edges.add(edge);
      await until(async () => (await edge.ask('GET', '/readyz')).status === 200);
      return edge;
    },
    async close() {
      await Promise.all([...edges].map((edge) => edge.close()));
      await backends.close();
      await bed.close();
    },
  };
}

/** Starts an edge, whatever it finds. */
export async function startEdge(config: Config, log?: Logger): Promise<StartedEdge> {
  const edge = await start(config, log ? { log } : {});
  const document = (await (await fetch(`${edge.address}/openapi.json`)).json()) as OpenApiDocument;
  const contract = createContract(document);
  return {
    ...edge,
    document,
    ask: (method, path, options) => askEdge(edge, method, path, options, contract),
    askFreely: (method, path, options) => askEdge(edge, method, path, options),
  };
}

/** The usual configuration on random ports, without Redis. */
export function createConfig(consulUrl: string): Config {
  return {
    process: {
      service: 'edge',
      instance: 'edge_1',
      host: '127.0.0.1',
      grpcPort: 0,
      adminPort: undefined,
      logLevel: process.env.TEST_LOG_LEVEL ?? 'silent',
      consul: { url: consulUrl, token: undefined },
      lingerMs: 0,
    },
    redis: { nodes: [{ host: '127.0.0.1', port: 1 }], mode: 'single', password: undefined },
    httpPort: 0,
    policy: 'documented',
    timeLimits: { read: 1000, write: 2000, 'sign-in': 3000 },
    trustProxy: false,
    tokens: { issuer: 'flight-booking', audience: 'flight-booking' },
    requestsPerSecond: 20_000,
    signInLimits: {
      accountAndAddress: 10,
      account: 100,
      address: 100,
      windowMs: 900_000,
      familiarMs: 86_400_000,
    },
    accessLogSample: 0,
    serviceSecret: SERVICE_SECRET,
    allowedOrigins: ['localhost'],
    socketLimits: {
      sockets: 1000,
      roomsPerSocket: 50,
      eventsPerSecond: 20,
      eventsWaiting: 64,
      frameBytes: 16 * 1024,
      unsentBytes: 1024 * 1024,
      pingEveryMs: 25_000,
      drainMs: 200,
    },
    positionCheckMs: 200,
  };
}

async function askEdge(
  { address }: Edge,
  method: string,
  path: string,
  { body, token, headers = {}, signal }: AskOptions = {},
  contract?: Contract,
): Promise<Asked> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  const { status, headers: answered } = response;
  contract?.check(method, path, { status, headers: answered, text });
  const isJson = /json/.test(answered.get('content-type') ?? '') && text !== '';
  return { status, headers: answered, body: isJson ? JSON.parse(text) : text };
}
