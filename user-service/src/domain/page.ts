import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import { invalidField } from './invalid-field.js';

const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;

/** Makes places in a list unreadable and unforgeable, and reads them again. */
export interface PageTokens {
  /** @param query what is listed: a token opens for the same query only */
  seal(query: string, place: string): string;
  /** The place that was sealed, or undefined when the token is not one of ours or belongs to another query. */
  open(query: string, token: string): string | undefined;
}

/**
 * Parses how many entries a page may have: 0 for the default.
 *
 * @throws Fault INVALID_FIELD
 */
export function parsePageSize(size: number): number {
  if (size === 0) return PAGE_DEFAULT;
  if (size < 0 || size > PAGE_MAX) throw invalidField('page_size', `Page size must be from 1 to ${PAGE_MAX}`);
  return size;
}

/**
 * The place that a page token stands for; undefined for the empty token of the first page.
 *
 * @throws Fault INVALID_PAGE_TOKEN
 */
export function openPageToken(pageTokens: PageTokens, query: string, token: string): string | undefined {
  if (token === '') return undefined;
  const place = pageTokens.open(query, token);
  if (place !== undefined) return place;
  throw new Fault<Reason>(
    'invalid_argument',
    'INVALID_PAGE_TOKEN',
    'This page token is not from the same list',
  );
}
