import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import { toAnchors } from './anchors.js';
import type { Page } from './section.js';

/** Where everything of the contracts is described, for one page that links there. */
export interface Links {
  /** The package whose page this is; empty for the index. */
  readonly package: string;
  /** Where something is described, by its full name; undefined when it is not. */
  find(fullName: string): string | undefined;
  /** A name as a link to where it is described. @throws Error when it is not */
  to(fullName: string, text: string): string;
}

/** Gives each page its links: to sections of the pages, and to what is described elsewhere, by name. */
export function createLinks(
  pages: readonly Page[],
  elsewhere: ReadonlyMap<string, string>,
): (page: Page) => Links {
  const places = new Map<string, { readonly file: string; readonly anchor: string }>();
  for (const { file, sections } of pages) {
    const anchors = toAnchors(sections.map(({ title }) => title));
    sections.forEach(({ name }, index) => {
      if (name !== undefined) places.set(name, { file, anchor: anchors[index] ?? '' });
    });
  }
  return (page) => {
    const find = (fullName: string): string | undefined => {
      const place = places.get(fullName);
      if (place) return `${place.file === page.file ? '' : place.file}#${place.anchor}`;
      return elsewhere.get(fullName);
    };
    const to = (fullName: string, text: string): string => {
      const target = find(fullName);
      if (target === undefined) throw new Error(`${page.file} links to ${fullName}, which nothing describes`);
      return `[${text}](${target})`;
    };
    return { package: page.package, find, to };
  };
}

/** Where a type is described that is not ours; undefined for one of ours. */
export function placeElsewhere({ typeName, name, file }: DescMessage | DescEnum): string | undefined {
  if (typeName.startsWith('flight.')) return undefined;
  if (typeName.startsWith('google.protobuf.'))
    return `https://protobuf.dev/reference/protobuf/google.protobuf/#${name.toLowerCase()}`;
  return `../../proto/${file.name}.proto`;
}
