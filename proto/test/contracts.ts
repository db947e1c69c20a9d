import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor/index.js';
import { readDescriptorSet } from '../src/descriptors.js';

/** The contracts as protobufjs reads them: no code that ts-proto generated takes part. */
export async function loadContracts(set?: Uint8Array): Promise<protobuf.Root> {
  // The extension adds `fromDescriptor` at run time, which the types of the core don't know.
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor(set: Uint8Array): protobuf.Root };
  const root = fromDescriptor.call(protobuf.Root, set ?? (await readDescriptorSet()));
  root.resolveAll();
  return root;
}

/** Everything of one kind below a namespace, at any depth. */
export function findAll<T extends protobuf.ReflectionObject>(
  within: protobuf.NamespaceBase,
  kind: abstract new (...parameters: never[]) => T,
): readonly T[] {
  return within.nestedArray.flatMap((nested) => [
    ...(nested instanceof kind ? [nested] : []),
    ...(nested instanceof protobuf.Namespace ? findAll(nested, kind) : []),
  ]);
}
