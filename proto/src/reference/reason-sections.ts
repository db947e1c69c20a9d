import type { DescEnum, FileRegistry } from '@bufbuild/protobuf';
import { commentOf } from './comment.js';
import { toCapitalized, toCell, toMarkdown, toSummary } from './prose.js';
import { type Reason, readReasons, reasonName, whoFailsWith } from './reason.js';
import { type Section, toTable } from './section.js';
import { deprecation } from './type-sections.js';

/** The catalogue of reasons: all of them in a table, then each by itself, so that pages can link to it. */
export function reasonSections(
  catalogue: DescEnum,
  level: 2 | 3 | 4,
  contracts: FileRegistry,
): readonly Section[] {
  const reasons = [...readReasons(contracts).values()];
  const overview: Section = {
    name: catalogue.typeName,
    title: catalogue.name,
    level,
    render: (links) => {
      const reading = { links, self: catalogue.typeName };
      const rows = reasons.map(({ name, value, code, comment }) => [
        String(value.number),
        links.to(reasonName(name), name),
        toCell(code, reading),
        toCell(toSummary(comment), reading),
      ]);
      return [
        toMarkdown(commentOf(catalogue), reading),
        toTable(['number', 'reason', 'gRPC code', 'meaning'], rows),
      ].join('\n\n');
    },
  };
  return [overview, ...reasons.map((reason) => reasonSection(reason, (level + 1) as 3 | 4 | 5, contracts))];
}

function reasonSection(
  { name, value, code, comment }: Reason,
  level: Section['level'],
  contracts: FileRegistry,
): Section {
  return {
    name: reasonName(name),
    title: name,
    level,
    render: (links) => {
      const reading = { links, self: reasonName(name) };
      const who = whoFailsWith(name, contracts).map((fullName) =>
        links.to(fullName, withoutPackage(fullName)),
      );
      return [
        `\`${value.name}\` = ${value.number}${code === '' ? '' : `; gRPC code: ${toCell(code, reading)}`}`,
        `${deprecation(value)}${toMarkdown(toCapitalized(comment), reading)}`,
        ...(who.length === 0 ? [] : [`Named by: ${who.join(', ')}`]),
      ].join('\n\n');
    },
  };
}

function withoutPackage(fullName: string): string {
  return fullName.replace(/^[a-z0-9.]+\./, '');
}
