import type { Caller } from './caller.js';
import type { FlightHistory, FlightUpdates } from './flight-update.js';
import { invalidField } from './invalid-field.js';
import { openPageToken, type PageTokens, parsePageSize } from './page.js';

/** What listing works with. */
export interface ListUpdatesParts {
  readonly updates: FlightUpdates;
  readonly pageTokens: PageTokens;
}

/** Which updates, and which page of them. */
export interface UpdateQuery {
  readonly flightCode: string;
  /** Only updates with higher numbers. */
  readonly afterSequence: number;
  /** 0 for the default. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** A page of a flight's updates. */
export interface UpdatePage extends FlightHistory {
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/**
 * Lists a page of a flight's updates by number.
 *
 * @throws Fault INVALID_PAGE_TOKEN, INVALID_FIELD
 */
export async function listUpdates(
  { updates, pageTokens }: ListUpdatesParts,
  { flightCode, afterSequence, pageSize, pageToken }: UpdateQuery,
  caller: Caller,
): Promise<UpdatePage> {
  if (afterSequence < 0) throw invalidField('after_sequence', 'After sequence must not be negative');
  const size = parsePageSize(pageSize);
  const query = `updates of ${flightCode} after ${afterSequence}`;
  const after = Number(openPageToken(pageTokens, query, pageToken) ?? afterSequence);
  // One more than asked for tells whether there is a next page.
  const found = await updates.list({ flightCode, after, limit: size + 1 }, caller);
  const page = found.updates.slice(0, size);
  const last = page.at(-1);
  const more = found.updates.length > size && last;
  const nextPageToken = more ? pageTokens.seal(query, String(last.sequence)) : '';
  return { updates: page, position: found.position, nextPageToken };
}
