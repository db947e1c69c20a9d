import { splitDescriptorSet } from '@flight/proto/descriptors';
import type {
  handleBidiStreamingCall,
  MethodDefinition,
  Server,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/** The service in its two versions, which have the same one method. */
const SERVICES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];
const METHOD = 'ServerReflectionInfo';

type ReflectionHandler = handleBidiStreamingCall<object, object>;

/** What the library would add to a server. */
interface Served {
  readonly definition: MethodDefinition<object, object>;
  readonly handler: ReflectionHandler;
}

/**
 * Adds server reflection, v1 and v1alpha, which lists these services. The library indexes the descriptors when it is constructed,
 * which takes 0.1 to 0.3 s of CPU time: more than anything else at start. The first reflection call constructs it instead.
 *
 * @param descriptors a serialized google.protobuf.FileDescriptorSet
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function addReflection(server: Server, descriptors: Buffer, services: readonly string[]): void {
  let served: ReadonlyMap<string, Served> | undefined;
  for (const name of SERVICES) {
    const path = `/${name}/${METHOD}`;
    const get = (): Served => {
      served ??= construct(descriptors, services);
      const found = served.get(path);
      if (found === undefined) throw new Error(`@grpc/reflection does not serve ${path}`);
      return found;
    };
    const definition: MethodDefinition<object, object> = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (request) => get().definition.requestSerialize(request),
      requestDeserialize: (bytes) => get().definition.requestDeserialize(bytes),
      responseSerialize: (response) => get().definition.responseSerialize(response),
      responseDeserialize: (bytes) => get().definition.responseDeserialize(bytes),
    };
    const handler: ReflectionHandler = (stream) => get().handler(stream);
    server.addService({ [METHOD]: definition }, { [METHOD]: handler });
  }
}

function construct(descriptors: Buffer, services: readonly string[]): ReadonlyMap<string, Served> {
  const served = new Map<string, Served>();
  const addService = (definitions: ServiceDefinition, handlers: UntypedServiceImplementation) => {
    const definition = definitions[METHOD];
    const handler = handlers[METHOD] as ReflectionHandler | undefined;
    if (definition && handler) served.set(definition.path, { definition, handler });
  };
  new ReflectionService(toPackage(descriptors), { services: [...services] }).addToServer({ addService });
  return served;
}

/**
 * The files as they were written. proto-loader would join those of one package, whose imports then name files that
 * don't exist, and grpcurl finds no google.protobuf.Timestamp. The service reads nothing of a package but its files.
 */
function toPackage(descriptors: Buffer): PackageDefinition {
  const fileDescriptorProtos = [...splitDescriptorSet(descriptors)];
  return { files: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos } };
}
