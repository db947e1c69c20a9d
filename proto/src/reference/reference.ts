import type { DescFile, FileRegistry } from '@bufbuild/protobuf';
import { ownFiles } from '../registry.js';
import { indexPage } from './index-page.js';
import { createLinks, placeElsewhere } from './links.js';
import { packagePage } from './package-page.js';
import { renderPage } from './section.js';

/** The pages of docs/api as they shall be, by the names of their files. */
export function renderReference(contracts: FileRegistry): ReadonlyMap<string, string> {
  const packages = new Map<string, readonly DescFile[]>();
  for (const file of ownFiles(contracts))
    packages.set(file.proto.package, [...(packages.get(file.proto.package) ?? []), file]);
  const pages = [
    indexPage(contracts),
    ...[...packages].map(([name, files]) => packagePage(name, files, contracts)),
  ];
  const linksOf = createLinks(pages, findElsewhere(contracts));
  return new Map(pages.map((page) => [page.file, renderPage(page, linksOf(page))]));
}

/** Where the types are described that are not ours, by name. */
function findElsewhere(contracts: FileRegistry): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const type of contracts) {
    if (type.kind !== 'message' && type.kind !== 'enum') continue;
    const place = placeElsewhere(type);
    if (place !== undefined) places.set(type.typeName, place);
  }
  return places;
}
