import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync, type PackageDefinition } from '@grpc/proto-loader';

/**
 * A client that knows nothing of the contracts beforehand: it asks the server for them by reflection, as grpcurl
 * does, and calls with what it was told. No code that was generated from the contracts takes part.
 */
export interface ReflectedClient {
  readonly services: readonly string[];
  call(
    service: string,
    method: string,
    request: object,
    options?: ReflectedCallOptions,
  ): Promise<Record<string, unknown>>;
  close(): void;
}

/** What goes along with a call. */
export interface ReflectedCallOptions {
  readonly token?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

type Reflect = {
  on(event: 'data', listener: (answer: ReflectionAnswer) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  write(request: object): void;
  end(): void;
};

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorMessage: string };
}

const LOADING = { longs: Number, enums: String, defaults: true, oneofs: true } as const;

/** Asks a server what it serves and makes a client of the answer. */
export async function reflect(address: string): Promise<ReflectedClient> {
  const services = await listServices(address);
  const files = await Promise.all(services.map((service) => fileOf(address, service)));
  const definition = loadFileDescriptorSetFromBuffer(toDescriptorSet(files.flat()), LOADING);
  const client = new Client(address, credentials.createInsecure());
  return {
    services,
    call: (service, method, request, options = {}) => {
      const found = findMethod(definition, service, method);
      return unary(client, found, request, options);
    },
    close: () => client.close(),
  };
}

async function listServices(address: string): Promise<readonly string[]> {
  const answer = await ask(address, { listServices: '' });
  return (answer.listServicesResponse?.service ?? []).map(({ name }) => name);
}

async function fileOf(address: string, symbol: string): Promise<readonly Buffer[]> {
  const answer = await ask(address, { fileContainingSymbol: symbol });
  if (answer.errorResponse) throw new Error(`${symbol}: ${answer.errorResponse.errorMessage}`);
  return answer.fileDescriptorResponse?.fileDescriptorProto ?? [];
}

/** One question to the server's reflection service (grpc.reflection.v1). */
function ask(address: string, question: object): Promise<ReflectionAnswer> {
  const folder = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));
  const proto = join(folder, 'build/proto/grpc/reflection/v1/reflection.proto');
  // biome-ignore lint/suspicious/noExplicitAny: made at run time from a loaded contract
  const loaded = loadPackageDefinition(loadSync(proto, LOADING)) as any;
  const client = new loaded.grpc.reflection.v1.ServerReflection(address, credentials.createInsecure());
  const stream: Reflect = client.serverReflectionInfo({ deadline: Date.now() + 5000 });
  return new Promise<ReflectionAnswer>((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject);
    stream.write(question);
    stream.end();
  }).finally(() => client.close());
}

/** A serialized google.protobuf.FileDescriptorSet: every file as a length-delimited field 1, each once. */
function toDescriptorSet(files: readonly Buffer[]): Buffer {
  const distinct = [...new Map(files.map((file) => [file.toString('latin1'), file])).values()];
  return Buffer.concat(distinct.flatMap((file) => [Buffer.from([0x0a, ...toVarint(file.length)]), file]));
}

function toVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toVarint(value >>> 7)];
}

function findMethod(
  definition: PackageDefinition,
  service: string,
  method: string,
): MethodDefinition<object, object> {
  const found = definition[service];
  const methods = found as Record<string, MethodDefinition<object, object>> | undefined;
  const one = methods?.[method];
  if (one === undefined) throw new Error(`the server did not tell of ${service}/${method}`);
  return one;
}

function unary(
  client: Client,
  method: MethodDefinition<object, object>,
  request: object,
  { token, metadata = {} }: ReflectedCallOptions,
): Promise<Record<string, unknown>> {
  const sent = new Metadata();
  if (token !== undefined) sent.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = { deadline: Date.now() + 5000 };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, sent, options, done);
    function done(error: ServiceError | null, response?: object): void {
      if (error) reject(error);
      else resolve({ ...response });
    }
  });
}
