import type { DescService, FileRegistry } from '@bufbuild/protobuf';
import { commentOf } from './comment.js';
import type { Links } from './links.js';
import { REASONS, toCell, toSummary } from './prose.js';
import { servicesOf } from './reason.js';
import type { Page, Section } from './section.js';
import { methodTable } from './service-sections.js';

/** All services and their methods. */
export function indexPage(contracts: FileRegistry): Page {
  return {
    file: 'README.md',
    package: '',
    sections: [
      { title: 'The gRPC API', level: 1, render: toIntroduction },
      ...servicesOf(contracts).map((service) => serviceOverview(service, contracts)),
    ],
  };
}

function toIntroduction(links: Links): string {
  return [
    'Every method, message and reason for failing of the services, made of the comments in [proto/](../../proto) by `make api-docs`.' +
      ' Other teams call them by the [SDKs](../../sdk/README.md); what may change: [compatibility](../compatibility.md).',
    `A call that fails carries a ${links.to('google.rpc.Status', 'google.rpc.Status')} with a` +
      ` ${links.to('google.rpc.ErrorInfo', 'google.rpc.ErrorInfo')}, whose reason is one of` +
      ` ${links.to(REASONS, 'this catalogue')}. Match on the reason, never on the message.`,
    'Repeats say what may happen to a call that did not come back: one that is free of side effects or safe to repeat is retried by the' +
      " SDKs, at the next instance in turn, when its instance can't be reached; others, and streams, never are. The deadline is what" +
      ' a call gets when its caller sets none.',
  ].join('\n\n');
}

function serviceOverview(service: DescService, contracts: FileRegistry): Section {
  return {
    title: service.name,
    level: 2,
    render: (links) => {
      const summary = toCell(toSummary(commentOf(service), service.name), { links, self: service.typeName });
      return [
        `${links.to(service.typeName, service.typeName)}: ${summary}`,
        methodTable(service, links, contracts),
      ].join('\n\n');
    },
  };
}
