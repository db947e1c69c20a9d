/** Documents the header that says where a list goes on. */
export const NEXT_PAGE_HEADERS = {
  Link: 'Only when the list goes on: the address of the rest, `<…>; rel="next"` (RFC 8288).',
} as const;

/**
 * The header that says where a list goes on. The documented bodies have no room for it, and few lists are that long.
 *
 * @param path of the list, with its parameters filled in
 */
export function linkToNextPage(
  path: string,
  query: Readonly<Record<string, string>>,
  nextPageToken: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (nextPageToken === undefined) return undefined;
  const rest = new URLSearchParams({ ...query, page_token: nextPageToken });
  return { Link: `<${path}?${rest}>; rel="next"` };
}
