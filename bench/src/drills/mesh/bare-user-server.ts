import { UserServiceDefinition } from '@flight/proto/user';
import { type MethodDefinition, Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';

/** A server without the mesh, which says of its health what it is told to and answers all the same. */
export interface BareUserServer {
  readonly port: number;
  setServing(serving: boolean): void;
  close(): void;
}

const { requestType, responseType } = UserServiceDefinition.methods.getJsonWebKeySet;
const getJsonWebKeySet: MethodDefinition<object, object> = {
  path: `/${UserServiceDefinition.fullName}/GetJsonWebKeySet`,
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => Buffer.from(requestType.encode(requestType.fromPartial(message)).finish()),
  requestDeserialize: (bytes) => requestType.decode(bytes),
  responseSerialize: (message) =>
    Buffer.from(responseType.encode(responseType.fromPartial(message)).finish()),
  responseDeserialize: (bytes) => responseType.decode(bytes),
};

/** grpc.health.v1's Check; its answer is one field, the status: 1 SERVING, 2 NOT_SERVING. */
const check: MethodDefinition<Buffer, number> = {
  path: '/grpc.health.v1.Health/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (status) => Buffer.from([0x08, status]),
  responseDeserialize: (bytes) => bytes[1] ?? 0,
};

/** Serves GetJsonWebKeySet and health on any free port of loopback. */
export async function openBareUserServer(onCall: () => void): Promise<BareUserServer> {
  const server = new Server();
  let serving = true;
  server.addService(
    { getJsonWebKeySet },
    {
      getJsonWebKeySet: (_call: unknown, callback: sendUnaryData<object>) => {
        onCall();
        callback(null, { keys: [] });
      },
    },
  );
  server.addService(
    { check },
    { check: (_call: unknown, callback: sendUnaryData<number>) => callback(null, serving ? 1 : 2) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    setServing: (now) => {
      serving = now;
    },
    close: () => server.forceShutdown(),
  };
}
