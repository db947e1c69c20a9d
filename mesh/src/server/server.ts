import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { toMethods } from '../method.js';
import { type Serving, toServed, wrapStreaming, wrapUnary } from './handler.js';
import type { ServiceBinding } from './implement.js';

/** What a server serves, and where. */
export interface GrpcServerOptions extends Serving {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly services: readonly ServiceBinding[];
  /** A serialized google.protobuf.FileDescriptorSet of the services, for reflection. */
  readonly descriptors: Buffer;
}

/** A running gRPC server. */
export interface GrpcServer {
  readonly port: number;
  /** What grpc.health.v1 answers for the server and for each service; Watch hears of it at once. */
  setServing(serving: boolean): void;
  /** Takes no new calls and lets those in flight finish; after the grace those that are left are broken off. */
  drain(graceMs: number): Promise<void>;
}

const SERVER_OPTIONS: ServerOptions = {
  'grpc.max_receive_message_length': 1024 * 1024,
  'grpc.max_concurrent_streams': 1000,
  // Clients of the mesh ping every 10 s; anything much quicker is abuse.
  'grpc.http2.min_ping_interval_without_data_ms': 5000,
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
  const server = new Server(SERVER_OPTIONS);
  for (const binding of options.services) addService(server, options, binding);
  const health = addHealth(server, options.services);
  addReflection(server, options);
  const port = await bind(server, options.host, options.port);
  return {
    port,
    setServing: health,
    drain: (graceMs) => drain(server, graceMs),
  };
}

function addService(server: Server, serving: Serving, { definition, handlers }: ServiceBinding): void {
  const methods = Object.entries(toMethods(definition));
  const served = methods.map(([key, method]) => [key, toServed(method)]);
  const wrapped = methods.map(([key, method]) => {
    const handler = handlers[key] as never;
    return [
      key,
      method.responseStream ? wrapStreaming(serving, method, handler) : wrapUnary(serving, method, handler),
    ];
  });
  server.addService(Object.fromEntries(served), Object.fromEntries(wrapped));
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

function addReflection(server: Server, { descriptors, services }: GrpcServerOptions): void {
  const names = services.map(({ definition }) => definition.fullName);
  new ReflectionService(loadFileDescriptorSetFromBuffer(descriptors), { services: names }).addToServer(
    server,
  );
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
