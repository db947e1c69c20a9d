import { loadFileDescriptorSetFromBuffer, type MessageTypeDefinition } from '@grpc/proto-loader';
import type protobuf from 'protobufjs';
import { loadContracts } from './contracts.js';

/** What reads and writes one message type without code that was generated for it. */
export interface LoaderCodec {
  deserialize(bytes: Buffer): object;
  serialize(message: object): Uint8Array;
}

type Definition = MessageTypeDefinition<object, object>;

/**
 * The codecs of proto-loader, as the clients of other teams use it, by full name. It has none for messages inside
 * messages: those come from protobufjs, which it is made of, with the same options.
 */
export async function loaderCodecs(set: Buffer): Promise<(fullName: string) => LoaderCodec> {
  const definitions = loadFileDescriptorSetFromBuffer(set, { longs: String, enums: String });
  const root = await loadContracts(set);
  return (fullName) => {
    const found = definitions[fullName];
    return found && 'serialize' in found ? (found as Definition) : nestedCodec(root.lookupType(fullName));
  };
}

function nestedCodec(type: protobuf.Type): LoaderCodec {
  return {
    deserialize: (bytes) => type.toObject(type.decode(bytes), { longs: String, enums: String }),
    serialize: (message) => type.encode(type.fromObject(message)).finish(),
  };
}
