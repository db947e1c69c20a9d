import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Fault } from './fault.js';

/** The list that a token goes on with: the method and what it was asked for. */
export type Scope = readonly (string | number)[];

/** Where a list goes on, as JSON. */
export type Position = readonly (string | number)[];

const TOKEN = z.tuple([z.string(), z.array(z.union([z.string(), z.number()]))]);

/** Writes where a list goes on. Opaque to callers, and good for this list only. */
export function toPageToken(scope: Scope, position: Position): string {
  return Buffer.from(JSON.stringify([toCheck(scope, position), position])).toString('base64url');
}

/**
 * Reads where a list goes on; undefined for an empty token, which is the start.
 *
 * @param positions the positions of this list
 * @throws Fault INVALID_PAGE_TOKEN for a token of another list, or one that was changed
 */
export function parsePageToken<P extends Position>(
  scope: Scope,
  token: string,
  positions: z.ZodType<P>,
): P | undefined {
  if (token === '') return undefined;
  const read = positions.safeParse(TOKEN.safeParse(readJson(token)).data?.[1]);
  if (!read.success || toPageToken(scope, read.data) !== token) throw invalidPageToken();
  return read.data;
}

/** Ties a position to its list. Not a secret: whoever forges one only pages his own list from elsewhere. */
function toCheck(scope: Scope, position: Position): string {
  return createHash('sha256')
    .update(JSON.stringify([scope, position]))
    .digest('base64url')
    .slice(0, 16);
}

function readJson(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    throw invalidPageToken(error);
  }
}

function invalidPageToken(cause?: unknown): Fault {
  const message = 'The page token does not belong to this list';
  return new Fault('invalid_argument', 'INVALID_PAGE_TOKEN', message, {}, { cause });
}
