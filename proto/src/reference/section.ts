import type { Links } from './links.js';

/** A heading of a page and what stands below it. */
export interface Section {
  /** The full name of what it describes, by which others link to it; undefined where nothing has that name. */
  readonly name?: string;
  readonly title: string;
  readonly level: 1 | 2 | 3 | 4 | 5;
  /** What stands below, once it is known where everything is. */
  render(links: Links): string;
}

/** A page of the reference. */
export interface Page {
  /** The name of its file in docs/api. */
  readonly file: string;
  /** The package that its sections are of; empty on a page that is of all. */
  readonly package: string;
  readonly sections: readonly Section[];
}

/** A page as Markdown. */
export function renderPage({ sections }: Page, links: Links): string {
  const parts = sections.map((section) => {
    const heading = `${'#'.repeat(section.level)} ${section.title}`;
    return [heading, section.render(links).trim()].filter((part) => part !== '').join('\n\n');
  });
  return `${parts.join('\n\n')}\n`;
}

/** A table; what it would have in a cell must not have line breaks. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
