import { readFile } from 'node:fs/promises';

/**
 * The compiled contracts as a serialized `google.protobuf.FileDescriptorSet`, for server reflection and for
 * clients that decode without generated code.
 *
 * @throws the file system's error when the contracts were not generated.
 */
export function readDescriptorSet(): Promise<Buffer> {
  return readFile(new URL('../../gen/descriptors.binpb', import.meta.url));
}
