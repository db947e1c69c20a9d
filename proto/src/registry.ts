import {
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The contracts by name, from a serialized `google.protobuf.FileDescriptorSet`. */
export function createContracts(set: Uint8Array): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
}

/** The files of ours, by name: not those that were copied from elsewhere. */
export function ownFiles(contracts: FileRegistry): readonly DescFile[] {
  return filesBelow(contracts, 'flight/');
}

/** The files below a folder of proto/, by name. */
export function filesBelow(contracts: FileRegistry, folder: string): readonly DescFile[] {
  // protobuf-es drops the suffix .proto.
  return [...contracts.files]
    .filter(({ name }) => name.startsWith(folder))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A message type by its full name. @throws Error when the contracts have none of that name */
export function getMessage(contracts: FileRegistry, fullName: string): DescMessage {
  const message = contracts.getMessage(fullName);
  if (!message) throw new Error(`the contracts have no message ${fullName}`);
  return message;
}
