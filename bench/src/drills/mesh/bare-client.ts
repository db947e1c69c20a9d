import type { RequestOf, ServiceDefinition } from '@flight/mesh';
import { type CallOptions, type ChannelOptions, Client, credentials, Metadata } from '@grpc/grpc-js';

/** grpc-js as its documentation shows it, without the mesh: the control of many drills. */
export interface BareClient {
  /** @throws the ServiceError that grpc-js gave */
  call<D extends ServiceDefinition, M extends keyof D['methods'] & string>(
    definition: D,
    method: M,
    request: RequestOf<D['methods'][M]>,
    options?: CallOptions,
  ): Promise<void>;
  close(): void;
}

/** @param target an address of grpc-js, such as 127.0.0.1:5000 or ipv4:127.0.0.1:5000,127.0.0.1:5001 */
export function openBareClient(target: string, channelOptions: ChannelOptions = {}): BareClient {
  const client = new Client(target, credentials.createInsecure(), channelOptions);
  return {
    call(definition, key, request, options = {}) {
      const method = definition.methods[key];
      if (method === undefined) throw new Error(`${definition.fullName} has no ${key}`);
      const { name, requestType, responseType } = method;
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${definition.fullName}/${name}`,
          (message: typeof request) => Buffer.from(requestType.encode(message).finish()),
          (bytes: Buffer) => responseType.decode(bytes),
          request,
          new Metadata(),
          options,
          (error) => (error ? reject(error) : resolve()),
        );
      });
    },
    close: () => client.close(),
  };
}
