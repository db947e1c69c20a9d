import type { AnyDesc, DescFile } from '@bufbuild/protobuf';

/** What of the contracts has a comment. */
export type Described = Exclude<AnyDesc, DescFile>;

/** The fields of google.protobuf.FileDescriptorProto, DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto. */
const IN_FILE = { message: 4, enum: 5, service: 6, extension: 7 } as const;
const IN_MESSAGE = { field: 2, message: 3, enum: 4, extension: 6, oneof: 8 } as const;
const ENUM_VALUE = 2;
const SERVICE_METHOD = 2;

/** The comment above something in the contracts, without its slashes and leading blanks. Empty when there is none. */
export function commentOf(described: Described): string {
  const path = pathOf(described).join();
  const locations = fileOf(described).proto.sourceCodeInfo?.location ?? [];
  const comment = locations.find((location) => location.path.join() === path)?.leadingComments ?? '';
  return comment.replace(/^ /gm, '').trim();
}

/** Where it stands in its file, as google.protobuf.SourceCodeInfo says it: field numbers and indexes in turn. */
function pathOf(described: Described): readonly number[] {
  switch (described.kind) {
    case 'rpc':
      return [...pathOf(described.parent), SERVICE_METHOD, described.parent.methods.indexOf(described)];
    case 'enum_value':
      return [...pathOf(described.parent), ENUM_VALUE, described.parent.values.indexOf(described)];
    case 'field':
      return [...pathOf(described.parent), IN_MESSAGE.field, described.parent.fields.indexOf(described)];
    case 'oneof':
      return [...pathOf(described.parent), IN_MESSAGE.oneof, described.parent.oneofs.indexOf(described)];
    case 'service':
      return [IN_FILE.service, described.file.services.indexOf(described)];
    case 'message':
      return described.parent
        ? [
            ...pathOf(described.parent),
            IN_MESSAGE.message,
            indexIn(described.parent.proto.nestedType, described),
          ]
        : [IN_FILE.message, described.file.messages.indexOf(described)];
    case 'enum':
      return described.parent
        ? [...pathOf(described.parent), IN_MESSAGE.enum, described.parent.nestedEnums.indexOf(described)]
        : [IN_FILE.enum, described.file.enums.indexOf(described)];
    case 'extension':
      return described.parent
        ? [
            ...pathOf(described.parent),
            IN_MESSAGE.extension,
            described.parent.nestedExtensions.indexOf(described),
          ]
        : [IN_FILE.extension, described.file.extensions.indexOf(described)];
  }
}

/** Among nested messages there are those of map fields, which nobody wrote. */
function indexIn(protos: readonly unknown[], { proto }: { readonly proto: unknown }): number {
  return protos.indexOf(proto);
}

function fileOf(described: Described): DescFile {
  return 'file' in described ? described.file : described.parent.file;
}
