import type { Links } from './links.js';

/** Where a text stands. */
export interface Reading {
  readonly links: Links;
  /** The full name of what it describes: no text links to itself. */
  readonly self: string;
}

/** The enum of reasons, whose values are called by their names without the prefix. */
export const REASONS = 'flight.type.v1.ErrorReason';
export const REASON_PREFIX = 'ERROR_REASON_';

/** The paragraphs of a comment, each in one line; what was indented as code is a paragraph of its own, with its lines. */
export function toParagraphs(comment: string): readonly string[] {
  return comment
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => (isCode(paragraph) ? paragraph : paragraph.replace(/\s*\n\s*/g, ' ').trim()));
}

/** The first sentence of a comment, without the name of what it describes, which stands beside it. */
export function toSummary(comment: string, name = ''): string {
  const [first = ''] = toParagraphs(comment);
  const sentence = /^.*?[.!?](?=\s+[A-Z]|$)/.exec(first)?.[0] ?? first;
  return toCapitalized(sentence.startsWith(`${name} `) ? sentence.slice(name.length + 1) : sentence);
}

/** A text that begins like a sentence. */
export function toCapitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A comment as Markdown. */
export function toMarkdown(comment: string, reading: Reading): string {
  return toParagraphs(comment)
    .map((paragraph) =>
      isCode(paragraph)
        ? ['```json', paragraph.replace(/^ {4}/gm, ''), '```'].join('\n')
        : toLinked(paragraph, reading),
    )
    .join('\n\n');
}

/** A comment as Markdown for the cell of a table. */
export function toCell(comment: string, reading: Reading): string {
  return toParagraphs(comment)
    .map((paragraph) => toLinked(isCode(paragraph) ? `\`${paragraph.trim()}\`` : paragraph, reading))
    .join(' ')
    .replaceAll('|', '\\|');
}

function isCode(paragraph: string): boolean {
  return /^ {4}/.test(paragraph);
}

/** Code as it is; then paths of methods, names with dots, reasons, names of types and methods, fields; and what Markdown would take for markup. */
const NAMED =
  /`[^`]*`|\/[a-z][\w.]*\/\w+|\b(?:flight|google)(?:\.\w+)+|\b[A-Z]+(?:_[A-Z]+)*\b|\b(?:[A-Z][a-z0-9]+){2,}\b|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|[<*\\]/g;

function toLinked(text: string, { links, self }: Reading): string {
  return text.replace(NAMED, (named) => {
    if (named.startsWith('`')) return named;
    if (named.startsWith('/')) return `\`${named}\``;
    if (/^[<*\\]$/.test(named)) return `\\${named}`;
    const place = placeOf(named, links, self);
    if (place !== undefined) return `[${named}](${place})`;
    return /^[a-z][a-z0-9]*_/.test(named) ? `\`${named}\`` : named;
  });
}

function placeOf(named: string, links: Links, self: string): string | undefined {
  const names = [named, `${links.package}.${named}`, `${self}.${named}`, `${parentOf(self)}.${named}`];
  if (/^[A-Z_]+$/.test(named)) names.splice(0, names.length, `${REASONS}.${REASON_PREFIX}${named}`);
  const found = names.find((name) => links.find(name) !== undefined);
  return found === undefined || found === self ? undefined : links.find(found);
}

function parentOf(fullName: string): string {
  return fullName.slice(0, fullName.lastIndexOf('.'));
}
