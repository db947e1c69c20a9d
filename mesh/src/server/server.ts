import { FaultInjectionServiceDefinition } from '@flight/proto/mesh';
import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { type Method, toMethods } from '../method.js';
import { type Admission, createAdmission, withAdmission } from './admission.js';
import { exportAdmission, exportStreams } from './admission-metrics.js';
import { withInjectedFaults, withInjectedStreamFaults } from './fault-injection.js';
import { createFaultInjectionApi } from './fault-injection-api.js';
import { type Serving, type Streaming, toServed, type Unary, wrapStreaming, wrapUnary } from './handler.js';
import type { ServiceBinding } from './implement.js';
import { createInjectedFaults, type InjectedFaults } from './injected-faults.js';
import { addReflection } from './reflection.js';
import { createStreamLimit, type StreamLimit, withStreamLimit } from './stream-limit.js';

/** What a server serves, and where. */
export interface GrpcServerOptions extends Serving {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly services: readonly ServiceBinding[];
  /** A serialized google.protobuf.FileDescriptorSet of the services, for reflection. */
  readonly descriptors: Buffer;
  /** Unary calls in flight at most; default 1000. */
  readonly callsAtOnce?: number | undefined;
  /** Open streams of each method at most; default 1000. */
  readonly streamsAtOnce?: number | undefined;
  /** Whether faults may be injected; default not. */
  readonly faultInjection?: boolean | undefined;
}

/** A running gRPC server. */
export interface GrpcServer {
  readonly port: number;
  /** What grpc.health.v1 answers for the server and for each service; Watch hears of it at once. */
  setServing(serving: boolean): void;
  /** Takes no new calls and lets those in flight finish; after the grace those that are left are broken off. */
  drain(graceMs: number): Promise<void>;
}

/** Calls that burden the event loop are refused long before. */
const CALLS_AT_ONCE = 1000;
const STREAMS_AT_ONCE = 1000;
/** Room on each connection for what is refused, and for health and reflection, which have no limits. */
const OTHERS_AT_ONCE = 100;

const SERVER_OPTIONS: ServerOptions = {
  'grpc.max_receive_message_length': 1024 * 1024,
  // Its own pings. Those of clients are answered however often they come: grpc-js counts no ping strikes.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/**
 * Opens a gRPC server with grpc.health.v1 and reflection (v1 and v1alpha). It answers NOT_SERVING until told
 * otherwise.
 *
 * @throws the listener's error, such as EADDRINUSE
 */
export async function openGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { callsAtOnce = CALLS_AT_ONCE, streamsAtOnce = STREAMS_AT_ONCE } = options;
  const server = new Server({
    ...SERVER_OPTIONS,
    // Of one connection, calls too. A client would wait for a free one without a word; the limits refuse and say why.
    'grpc.max_concurrent_streams':
      callsAtOnce + streamsAtOnce * streamingOf(options.services).size + OTHERS_AT_ONCE,
  });
  const served = openServed({ ...options, callsAtOnce, streamsAtOnce });
  for (const binding of options.services) addService(server, served, binding);
  addService(server, options, createFaultInjectionApi({ ...served, methods: pathsOf(options.services) }));
  const health = addHealth(server, options.services);
  const reflected = [
    FaultInjectionServiceDefinition,
    ...options.services.map(({ definition }) => definition),
  ];
  addReflection(
    server,
    options.descriptors,
    reflected.map(({ fullName }) => fullName),
  );
  const port = await bind(server, options.host, options.port);
  return {
    port,
    setServing: health,
    async drain(graceMs) {
      await drain(server, graceMs);
      served.admission.close();
    },
  };
}

/** What the handlers of the services share; those of the mesh itself have neither admission nor faults. */
interface Served extends Serving {
  readonly admission?: Admission;
  readonly streams?: StreamLimit;
  readonly faults?: InjectedFaults | undefined;
}

function openServed({
  domain,
  log,
  metrics,
  arrivals,
  tracer,
  ...limits
}: GrpcServerOptions & { readonly callsAtOnce: number; readonly streamsAtOnce: number }) {
  const onShed = (method: string) => metrics.shed.inc({ method });
  // On show from the start: a rate needs a first value.
  for (const method of pathsOf(limits.services)) metrics.shed.inc({ method }, 0);
  const admission = createAdmission({ ceiling: limits.callsAtOnce, onShed });
  exportAdmission(metrics.registry, admission);
  const streams = createStreamLimit({
    methods: streamingOf(limits.services),
    ceiling: limits.streamsAtOnce,
    onShed,
  });
  exportStreams(metrics.registry, streams);
  const faults = limits.faultInjection ? createInjectedFaults() : undefined;
  if (faults) log.warn('fault injection is on: whoever reaches this port can make this instance fail');
  return { domain, log, metrics, arrivals, tracer, admission, streams, faults };
}

function pathsOf(
  services: readonly ServiceBinding[],
  isMeant: (method: Method) => boolean = () => true,
): ReadonlySet<string> {
  const methods = services.flatMap(({ definition }) => Object.values(toMethods(definition)));
  return new Set(methods.filter(isMeant).map(({ path }) => path));
}

function streamingOf(services: readonly ServiceBinding[]): ReadonlySet<string> {
  return pathsOf(services, ({ responseStream }) => responseStream);
}

function addService(server: Server, served: Served, { definition, handlers }: ServiceBinding): void {
  const methods = Object.entries(toMethods(definition));
  const wrapped = methods.map(([key, method]) => [
    key,
    method.responseStream
      ? wrapStreaming(served, method, toStreaming(served, method, handlers[key] as Streaming))
      : wrapUnary(served, method, toUnary(served, method, handlers[key] as Unary)),
  ]);
  server.addService(
    Object.fromEntries(methods.map(([key, method]) => [key, toServed(method)])),
    Object.fromEntries(wrapped),
  );
}

/** Admission stands outermost: a call that an injected fault holds up is in flight as any other slow one. */
function toUnary({ admission, faults }: Served, { path }: Method, handler: Unary): Unary {
  const faulty = faults ? withInjectedFaults(faults, path, handler) : handler;
  return admission ? withAdmission(admission, path, faulty) : faulty;
}

function toStreaming({ streams, faults }: Served, { path }: Method, handler: Streaming): Streaming {
  const faulty = faults ? withInjectedStreamFaults(faults, path, handler) : handler;
  return streams ? withStreamLimit(streams, path, faulty) : faulty;
}

function addHealth(server: Server, services: readonly ServiceBinding[]): (serving: boolean) => void {
  const names = ['', ...services.map(({ definition }) => definition.fullName)];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, 'NOT_SERVING' as const])),
  );
  health.addToServer(server);
  return (serving) => {
    for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}

function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(impatience);
      resolve();
    });
  });
}
