import { create, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  FieldDescriptorProto_Label,
  type FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { readDescriptorSet } from '../src/descriptors.js';
import { createContracts } from '../src/registry.js';

/** The contracts as they would be if a message of theirs were another one; serialized, and by name. */
export async function changeMessage(
  fullName: string,
  change: (message: DescriptorProto) => void,
): Promise<{ readonly set: Buffer; readonly contracts: FileRegistry }> {
  const set = fromBinary(FileDescriptorSetSchema, await readDescriptorSet());
  const message = set.file
    .flatMap((file) => file.messageType.map((type) => ({ type, name: `${file.package}.${type.name}` })))
    .find(({ name }) => name === fullName)?.type;
  if (!message) throw new Error(`there is no ${fullName}`);
  change(message);
  const bytes = Buffer.from(toBinary(FileDescriptorSetSchema, set));
  return { set: bytes, contracts: createContracts(bytes) };
}

/** Changes something about a field of a message. */
export function changeField(
  { field }: DescriptorProto,
  name: string,
  change: { readonly name?: string; readonly number?: number; readonly type?: FieldDescriptorProto_Type },
): void {
  const found = field.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no field ${name}`);
  Object.assign(found, change);
  if (change.name !== undefined) found.jsonName = change.name;
}

/** A field more, of a name that is the same in JSON; in a oneof where one is named. */
export function addField(
  message: DescriptorProto,
  name: string,
  number: number,
  type: FieldDescriptorProto_Type,
  oneofIndex?: number,
): void {
  message.field.push(
    create(FieldDescriptorProtoSchema, {
      name,
      jsonName: name,
      number,
      type,
      label: FieldDescriptorProto_Label.OPTIONAL,
      ...(oneofIndex !== undefined && { oneofIndex }),
    }),
  );
}
