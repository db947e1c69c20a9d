import type { DescMethod, DescService, FileRegistry } from '@bufbuild/protobuf';
import { explainRepeats, findDeadline, toRepeats } from './calling.js';
import { commentOf } from './comment.js';
import { toTypeLink } from './field-type.js';
import type { Links } from './links.js';
import { toCell, toMarkdown, toSummary } from './prose.js';
import { commentWithoutFailures, failuresOf, methodName, readReasons, reasonName } from './reason.js';
import { type Section, toTable } from './section.js';
import { deprecation, messageSection } from './type-sections.js';

/** A service, each of its methods, and below each method what only it takes and gives. */
export function serviceSections(service: DescService, contracts: FileRegistry): readonly Section[] {
  return [
    {
      name: service.typeName,
      title: service.name,
      level: 2,
      render: (links) =>
        [
          `${deprecation(service)}${toMarkdown(commentOf(service), { links, self: service.typeName })}`,
          methodTable(service, links, contracts),
        ].join('\n\n'),
    },
    ...service.methods.flatMap((method) => [
      methodSection(method, contracts),
      ...[method.input, method.output].map((message) => messageSection(message, 4)),
    ]),
  ];
}

/** The methods of a service, each with a sentence. */
export function methodTable(service: DescService, links: Links, contracts: FileRegistry): string {
  return toTable(
    ['method', 'what it does', 'repeats', 'deadline'],
    service.methods.map((method) => [
      links.to(methodName(method), method.name),
      `${deprecation(method)}${toCell(toSummary(commentOf(method), method.name), { links, self: methodName(method) })}`,
      toRepeats(method),
      findDeadline(method, contracts) ?? 'none (stream)',
    ]),
  );
}

function methodSection(method: DescMethod, contracts: FileRegistry): Section {
  return {
    name: methodName(method),
    title: method.name,
    level: 3,
    render: (links) => {
      const deadline = findDeadline(method, contracts);
      return [
        toSignature(method, links),
        `${deprecation(method)}${toMarkdown(commentWithoutFailures(method), { links, self: methodName(method) })}`,
        [
          `- Repeats: ${explainRepeats(method)}`,
          `- Deadline: ${deadline ? `${deadline}, when the caller sets none.` : 'none; the stream lasts until one end leaves.'}`,
          `- Fails with: ${toFailures(method, links, contracts)}`,
        ].join('\n'),
      ].join('\n\n');
    },
  };
}

function toSignature({ parent, name, methodKind, input, output }: DescMethod, links: Links): string {
  const takesStream = methodKind === 'client_streaming' || methodKind === 'bidi_streaming';
  const givesStream = methodKind === 'server_streaming' || methodKind === 'bidi_streaming';
  const side = (streamed: boolean, link: string) => `${streamed ? '**stream** of ' : ''}${link}`;
  const takes = side(takesStream, toTypeLink(input, links));
  const gives = side(givesStream, toTypeLink(output, links));
  return `\`/${parent.typeName}/${name}\`: ${takes} → ${gives}`;
}

function toFailures(method: DescMethod, links: Links, contracts: FileRegistry): string {
  const reasons = readReasons(contracts);
  const named = failuresOf(method).map((name) => {
    const reason = reasons.get(name);
    if (!reason) throw new Error(`${methodName(method)} fails with ${name}, which is not in the catalogue`);
    return `${links.to(reasonName(name), name)} (${toCell(reason.code, { links, self: reasonName(name) })})`;
  });
  const any = `what any method of ${links.to(method.parent.typeName, method.parent.name)} may fail with`;
  return `${named.length === 0 ? '' : `${named.join(', ')}, and `}${any}.`;
}
