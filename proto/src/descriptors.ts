import { readFile } from 'node:fs/promises';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/**
 * The compiled contracts as a serialized `google.protobuf.FileDescriptorSet`, for server reflection and for
 * clients that decode without generated code.
 *
 * @throws the file system's error when the contracts were not generated.
 */
export function readDescriptorSet(): Promise<Buffer> {
  return readFile(new URL('../../gen/descriptors.binpb', import.meta.url));
}

/** The files of a serialized `google.protobuf.FileDescriptorSet`, each a serialized FileDescriptorProto as it was. */
export function splitDescriptorSet(set: Uint8Array): readonly Buffer[] {
  const reader = new BinaryReader(set);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    // Field 1 is the only one that the message has.
    reader.tag();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
