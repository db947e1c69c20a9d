import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescMessage,
  ScalarType,
} from '@bufbuild/protobuf';
import type { Links } from './links.js';

/** A field's type as the contracts write it, types of messages as links. */
export function toType(field: DescField | DescExtension, links: Links): string {
  const element = elementType(field, links);
  if (field.fieldKind === 'list') return `repeated ${element}`;
  if (field.fieldKind === 'map') return `map of \`${scalarName(field.mapKey)}\` to ${element}`;
  return field.proto.proto3Optional ? `optional ${element}` : element;
}

/** A message or an enum as a link. */
export function toTypeLink(type: DescMessage | DescEnum, links: Links): string {
  return links.to(type.typeName, nameInPackage(type));
}

/** What a type is called inside of its package. */
export function nameInPackage({ typeName, file }: DescMessage | DescEnum): string {
  return typeName.slice(file.proto.package.length + 1);
}

function elementType({ message, enum: ofEnum, scalar }: DescField | DescExtension, links: Links): string {
  const type = message ?? ofEnum;
  return type ? toTypeLink(type, links) : `\`${scalarName(scalar ?? ScalarType.STRING)}\``;
}

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}
