import type { Caller } from './caller.js';
import { openPageToken, type PageTokens, parsePageSize } from './page.js';
import type { Subscription, Subscriptions } from './subscription.js';

/** What listing works with. */
export interface ListSubscriptionsParts {
  readonly subscriptions: Subscriptions;
  readonly pageTokens: PageTokens;
}

/** Whose subscriptions, and which page of them. */
export interface SubscriptionQuery {
  readonly userId: number;
  /** 0 for the default. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** A page of subscriptions. */
export interface SubscriptionPage {
  readonly subscriptions: readonly Subscription[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/**
 * Lists a page of a user's subscriptions by flight code.
 *
 * @throws Fault USER_NOT_FOUND, INVALID_PAGE_TOKEN, INVALID_FIELD
 */
export async function listSubscriptions(
  { subscriptions, pageTokens }: ListSubscriptionsParts,
  { userId, pageSize, pageToken }: SubscriptionQuery,
  caller: Caller,
): Promise<SubscriptionPage> {
  const size = parsePageSize(pageSize);
  const query = `subscriptions of ${userId}`;
  const after = openPageToken(pageTokens, query, pageToken) ?? '';
  // One more than asked for tells whether there is a next page.
  const found = await subscriptions.list(userId, after, size + 1, caller);
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextPageToken = found.length > size && last ? pageTokens.seal(query, last.flightCode) : '';
  return { subscriptions: page, nextPageToken };
}
