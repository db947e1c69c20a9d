import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { fromStatus } from '../../src/fault-status.js';
import { type RequestOf, type ResponseOf, type ServiceDefinition, toMethods } from '../../src/method.js';

/** How a call of a raw client is made. */
export interface RawOptions {
  /** No deadline when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Calls one server without the mesh's help: no picker, no breaker, no retries. Fails with the Fault that was sent. */
export interface RawClient {
  call<D extends ServiceDefinition, M extends keyof D['methods'] & string>(
    definition: D,
    method: M,
    request: RequestOf<D['methods'][M]>,
    options?: RawOptions,
  ): Promise<ResponseOf<D['methods'][M]>>;
  close(): void;
}

/** Opens a raw client of a server. */
export function openRawClient(address: string): RawClient {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.enable_retries': 0 });
  return {
    call: (definition, name, request, { timeoutMs, signal, metadata = {} } = {}) =>
      new Promise((resolve, reject) => {
        const method = toMethods(definition)[name];
        if (method === undefined) throw new Error(`no method ${name}`);
        const call = client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          toMetadata(metadata),
          timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
          (error, response) => {
            if (error) reject(fromStatus(error));
            else resolve(response as never);
          },
        );
        signal?.addEventListener('abort', () => call.cancel(), { once: true });
      }),
    close: () => client.close(),
  };
}

function toMetadata(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}
