import type { DescEnum, DescFile, DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { commentOf } from './comment.js';
import { nameInPackage } from './field-type.js';
import type { Links } from './links.js';
import { REASONS, toCell, toSummary } from './prose.js';
import { reasonSections } from './reason-sections.js';
import type { Page, Section } from './section.js';
import { serviceSections } from './service-sections.js';
import { enumSection, messageSection, optionSection } from './type-sections.js';

/** Everything of one package: services with what their methods take and give, then what these have in common. */
export function packagePage(name: string, files: readonly DescFile[], contracts: FileRegistry): Page {
  const services = files.flatMap((file) => file.services);
  const ofMethods = new Set(
    services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  );
  const messages = files
    .flatMap((file) => file.messages.flatMap(withNested))
    .filter((message) => !ofMethods.has(message));
  const enums = files.flatMap((file) => [
    ...file.enums,
    ...file.messages.flatMap(withNested).flatMap(({ nestedEnums }) => nestedEnums),
  ]);
  const options = files.flatMap((file) => file.extensions);
  const types = [...messages, ...enums];
  return {
    file: `${name}.md`,
    package: name,
    sections: [
      { title: name, level: 1, render: (links) => toContents(name, services, types, links) },
      ...services.flatMap((service) => serviceSections(service, contracts)),
      ...below(
        'Messages',
        messages.map((message) => messageSection(message, 3)),
      ),
      ...below(
        'Enums',
        enums.flatMap((ofEnum) => toSections(ofEnum, contracts)),
      ),
      ...below(
        'Options',
        options.map((option) => optionSection(option, 3)),
      ),
    ],
  };
}

function toSections(ofEnum: DescEnum, contracts: FileRegistry): readonly Section[] {
  return ofEnum.typeName === REASONS ? reasonSections(ofEnum, 3, contracts) : [enumSection(ofEnum, 3)];
}

function below(title: string, sections: readonly Section[]): readonly Section[] {
  return sections.length === 0 ? [] : [{ title, level: 2, render: () => '' }, ...sections];
}

function toContents(
  name: string,
  services: DescFile['services'],
  types: readonly (DescMessage | DescEnum)[],
  links: Links,
): string {
  const folder = `proto/${name.replaceAll('.', '/')}`;
  const listed = services.map((service) => {
    const summary = toCell(toSummary(commentOf(service), service.name), { links, self: service.typeName });
    return `- ${links.to(service.typeName, service.name)}: ${summary}`;
  });
  const named = types.map((type) => links.to(type.typeName, nameInPackage(type)));
  return [
    `Made of the comments in [${folder}](../../${folder}) by \`make api-docs\`. [All packages](README.md).`,
    ...(listed.length === 0 ? [] : [listed.join('\n')]),
    ...(named.length === 0 ? [] : [`Types: ${named.join(', ')}`]),
  ].join('\n\n');
}

function withNested(message: DescMessage): readonly DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}
