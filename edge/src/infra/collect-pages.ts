import type { Page } from '../domain/call.js';

/** The most that a service answers at once. */
export const PAGE_SIZE = 1000;

/** How many pages are put together for one answer: a list of 10,000, and then a pointer to the rest. */
const MAX_PAGES = 10;

/** Puts the pages of a list together, as the documented bodies have no pages. */
export async function collectPages<T>(
  start: string,
  readPage: (pageToken: string) => Promise<{ readonly items: readonly T[]; readonly nextPageToken: string }>,
): Promise<Page<T>> {
  const { items, nextPageToken } = await readPage(start);
  if (nextPageToken === '') return { items, nextPageToken: undefined };
  const all = [...items];
  let next = nextPageToken;
  for (let pages = 1; next !== '' && pages < MAX_PAGES; pages++) {
    const page = await readPage(next);
    all.push(...page.items);
    next = page.nextPageToken;
  }
  return { items: all, nextPageToken: next === '' ? undefined : next };
}
