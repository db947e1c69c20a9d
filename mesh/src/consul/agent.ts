import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import Consul from 'consul';
import type { ConsulConfig } from '../config/process-config.js';
import type { Instance } from './instance.js';
import { type HealthEntry, type Sighting, toSighting } from './sighting.js';

/** An answer to a blocking query. */
export interface HealthAnswer {
  /** All instances in the catalog, whatever their checks say. */
  readonly sightings: readonly Sighting[];
  /** X-Consul-Index: goes into the next query, which then waits for something newer; 0 when Consul named none. */
  readonly index: number;
}

/** Which instances, and how long to wait for news of them. */
export interface HealthQuery {
  readonly service: string;
  /** The last answer's index; 0 answers at once. */
  readonly index: number;
  /** How long Consul may hold the answer back, in seconds. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

/** What a service tells Consul of itself. */
export interface RegistrationRecord {
  readonly service: string;
  readonly instance: Instance;
  /** How Consul is to find out whether it is well: grpc.health.v1, the usual way, or GET /readyz on the instance's port. */
  readonly check?: 'grpc' | 'readyz';
}

/** The few calls of the local Consul agent that the mesh needs. All reject when the agent can't be reached. */
export interface ConsulAgent {
  /** The instances of a service and their health, when they changed or the wait is over. */
  observe(query: HealthQuery): Promise<HealthAnswer>;
  register(record: RegistrationRecord): Promise<void>;
  isRegistered(id: string): Promise<boolean>;
  deregister(id: string): Promise<void>;
  /** Lets go of the agent's connections. */
  close(): void;
}

/** How long an answer that is not held back may take, in milliseconds. */
const TIMEOUT_MS = 2000;

/** Connects to the local agent; nothing is sent before the first call. */
export function createConsulAgent(config: ConsulConfig): ConsulAgent {
  const { protocol, hostname, port } = new URL(config.url);
  const secure = protocol === 'https:';
  const consul = new Consul({
    host: hostname,
    port: Number(port || (secure ? 443 : 80)),
    secure,
    ...(config.token !== undefined && { defaults: { token: config.token } }),
  });
  const soon = { timeout: TIMEOUT_MS };

  return {
    async observe({ service, index, waitSeconds, signal }) {
      const request = abortable(signal);
      const options = {
        service,
        ...(index > 0 && { index: String(index), wait: `${waitSeconds}s` }),
        // Consul adds up to a sixteenth of the wait as jitter.
        timeout: TIMEOUT_MS + (index > 0 ? waitSeconds * 1000 * (1 + 1 / 16) : 0),
        ctx: request.context,
      };
      try {
        // With `includeResponse` in its context the client answers [response, body], which its types don't know.
        const answer = (await consul.health.service(options)) as unknown as [
          IncomingMessage,
          readonly HealthEntry[],
        ];
        const [response, entries] = answer;
        if (!Array.isArray(entries)) throw new Error('what answers for Consul answers no list');
        return { sightings: entries.map(toSighting), index: parseIndex(response.headers['x-consul-index']) };
      } finally {
        request.done();
      }
    },
    async register(record) {
      await consul.agent.service.register({ ...toRegistration(record), ...soon });
    },
    async isRegistered(id) {
      const found = await consul.agent.service.list({ filter: `ID == ${JSON.stringify(id)}`, ...soon });
      return Object.keys(found).length > 0;
    },
    async deregister(id) {
      await consul.agent.service.deregister({ id, ...soon });
    },
    close() {
      consul.destroy();
    },
  };
}

/** The client's way to cancel a request: an emitter in its context that says `cancel`. */
function abortable(signal: AbortSignal) {
  const context = Object.assign(new EventEmitter(), { includeResponse: true });
  const cancel = () => void context.emit('cancel');
  signal.addEventListener('abort', cancel, { once: true });
  return { context, done: () => signal.removeEventListener('abort', cancel) };
}

/** The header as a number; 0, which does not block, for one that is missing or makes no sense. */
function parseIndex(header: string | string[] | undefined): number {
  const index = Number(header);
  return Number.isSafeInteger(index) && index > 0 ? index : 0;
}

function toRegistration({ service, instance, check = 'grpc' }: RegistrationRecord) {
  const { id, host, port, tags, metadata } = instance;
  return {
    name: service,
    id,
    address: host,
    port,
    tags: [...tags],
    meta: { ...metadata },
    check: check === 'grpc' ? toGrpcCheck(host, port) : toReadyzCheck(host, port),
  };
}

function toGrpcCheck(host: string, port: number) {
  return {
    name: 'grpc.health.v1',
    grpc: `${host}:${port}`,
    interval: '1s',
    timeout: '1s',
    // It registers once it serves, so callers need not wait for the first check.
    status: 'passing',
    // Consul's floor is about a minute. A stopping instance leaves on its own; this is for those that can't.
    deregistercriticalserviceafter: '1m',
  };
}

function toReadyzCheck(host: string, port: number) {
  return {
    name: 'GET /readyz',
    http: `http://${host.includes(':') ? `[${host}]` : host}:${port}/readyz`,
    interval: '2s',
    timeout: '1s',
    // Not ready is also who lives and waits for others; it is not to vanish from the metrics for that.
    deregistercriticalserviceafter: '10m',
  };
}
