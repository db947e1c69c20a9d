import type { DescEnum, DescEnumValue, DescExtension, DescField, DescMessage } from '@bufbuild/protobuf';
import { commentOf, type Described } from './comment.js';
import { nameInPackage, toType } from './field-type.js';
import { toCell, toMarkdown } from './prose.js';
import { type Section, toTable } from './section.js';

/** A message with a table of its fields. */
export function messageSection(message: DescMessage, level: Section['level']): Section {
  return {
    name: message.typeName,
    title: nameInPackage(message),
    level,
    render: (links) => {
      const reading = { links, self: message.typeName };
      const rows = message.fields.map((field) => [
        String(field.number),
        `\`${field.name}\``,
        toType(field, links),
        `${oneofOf(field)}${deprecation(field)}${toCell(commentOf(field), reading)}`,
      ]);
      return [
        `${deprecation(message)}${toMarkdown(commentOf(message), reading)}`,
        rows.length === 0 ? 'It has no fields.' : toTable(['number', 'field', 'type', 'meaning'], rows),
      ].join('\n\n');
    },
  };
}

/** An enum with a table of its values. */
export function enumSection(described: DescEnum, level: Section['level']): Section {
  return {
    name: described.typeName,
    title: nameInPackage(described),
    level,
    render: (links) => {
      const reading = { links, self: described.typeName };
      const rows = described.values.map((value) => [
        String(value.number),
        `\`${value.name}\``,
        `${deprecation(value)}${toCell(commentOf(value), reading)}`,
      ]);
      return [
        `${deprecation(described)}${toMarkdown(commentOf(described), reading)}`,
        toTable(['number', 'value', 'meaning'], rows),
      ].join('\n\n');
    },
  };
}

/** An option that methods of the contracts carry. */
export function optionSection(option: DescExtension, level: Section['level']): Section {
  return {
    name: option.typeName,
    title: option.name,
    level,
    render: (links) =>
      [
        `\`(${option.typeName})\`, number ${option.number} of \`${option.extendee.typeName}\`: ${toType(option, links)}`,
        toMarkdown(commentOf(option), { links, self: option.typeName }),
      ].join('\n\n'),
  };
}

/** Says first what should no longer be used. */
export function deprecation({
  deprecated,
}: Extract<Described, { deprecated: boolean }> | DescEnumValue): string {
  return deprecated ? '**Deprecated.** ' : '';
}

function oneofOf({ oneof }: DescField): string {
  return oneof ? `One of \`${oneof.name}\`. ` : '';
}
