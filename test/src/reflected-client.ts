import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
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
  const answered = await Promise.all(services.map((service) => fileOf(address, service)));
  const files = await withImports(address, answered.flat());
  const definition = loadFileDescriptorSetFromBuffer(toDescriptorSet(files), LOADING);
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

/**
 * The files with everything that they import, asked for by name, each once.
 *
 * @throws Error when something that a file names is not in what it imports, which grpcurl would not put up with
 */
async function withImports(address: string, answered: readonly Buffer[]): Promise<readonly Buffer[]> {
  const known = new Map<string, { readonly file: FileDescriptorProto; readonly bytes: Buffer }>();
  const learn = (bytes: Buffer) => {
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    known.set(file.name, { file, bytes });
    return file;
  };
  const waiting = answered.map(learn);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const name of file.dependency) {
      if (known.has(name)) continue;
      const { fileDescriptorResponse, errorResponse } = await ask(address, { fileByFilename: name });
      if (errorResponse) throw new Error(`${file.name} imports ${name}: ${errorResponse.errorMessage}`);
      waiting.push(...(fileDescriptorResponse?.fileDescriptorProto ?? []).map(learn));
    }
  }
  for (const { file } of known.values())
    createFileRegistry(
      create(FileDescriptorSetSchema, { file: [...inOrder(file, (name) => known.get(name)?.file)] }),
    );
  return [...known.values()].map(({ bytes }) => bytes);
}

/** A file after everything that it imports. */
function inOrder(
  file: FileDescriptorProto,
  find: (name: string) => FileDescriptorProto | undefined,
  found = new Set<FileDescriptorProto>(),
): Set<FileDescriptorProto> {
  for (const name of file.dependency) {
    const imported = find(name);
    if (imported && !found.has(imported)) inOrder(imported, find, found);
  }
  return found.add(file);
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

/** A serialized google.protobuf.FileDescriptorSet: every file as a length-delimited field 1. */
function toDescriptorSet(files: readonly Buffer[]): Buffer {
  return Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a, ...toVarint(file.length)]), file]));
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
